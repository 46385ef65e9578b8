// Reads one plugin whole, manifest and code, or finds every fault of it. Whether it may run is decided elsewhere.
import { basename } from 'node:path'
import type { Fault } from '../errors.ts'
import { deepFreeze } from './deep-freeze.ts'
import { digest } from './digest.ts'
import { readText, type FilesPower } from './files.ts'
import type { ManifestFile } from './find.ts'
import type { Manifest } from './manifest.ts'
import { readModules, type Modules } from './modules.ts'
import { faultAt, type Place } from './place.ts'
import type { Plugin } from './plugin.ts'
import type { ReadManifest } from './read-manifest.ts'
import type { Strip } from './strip.ts'

/** A plugin before anybody asked whether it is granted. */
export type Draft = Omit<Plugin, 'state'>

/** What one manifest file gave: a draft, or faults. `place` is where it says its name. */
export type Candidate = { readonly file: string; readonly place: Place } & (
  { readonly draft: Draft; readonly faults: readonly [] } | { readonly draft: null; readonly faults: readonly Fault[] }
)

export type ReadPowers = { readonly files: FilesPower; readonly strip: Strip; readonly readManifest: ReadManifest }

/** Bytes; a manifest may carry code of its own. */
const MAX_MANIFEST = 1024 ** 2

/** `overrides` is the operator's configuration by plugin name. */
export async function readPlugin(
  { file, folder, directory }: ManifestFile,
  overrides: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  powers: ReadPowers,
): Promise<Candidate> {
  const top = { file, line: 1, column: 1 }
  const read = await readText(powers.files, file, directory, MAX_MANIFEST)
  if ('what' in read)
    return { file, place: top, draft: null, faults: [faultAt(top, `this file ${read.what}`, read.cure)] }

  const { manifest, faults, name, code, inline } = powers.readManifest(read.text, file)
  // Inline code goes by the manifest's own name, which no module can have.
  const main = inline ? basename(file) : manifest?.main
  const found = main === undefined ? null : await readModules({ folder, main, place: code, inline }, powers)
  const all = [...faults, ...(found && 'faults' in found ? found.faults : [])]
  if (manifest && found && 'modules' in found && all.length === 0) {
    return { file, place: name, draft: makeDraft(manifest, found, { file, folder }, overrides), faults: [] }
  }
  return { file, place: name, draft: null, faults: all }
}

function makeDraft(
  manifest: Manifest,
  { modules, main }: Modules,
  where: { file: string; folder: string },
  overrides: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Draft {
  const { name, version, description, capabilities, limits, commands } = manifest
  const override = Object.hasOwn(overrides, name) ? overrides[name] : {}
  return deepFreeze({
    name,
    version,
    description,
    ...where,
    config: { ...manifest.config, ...override },
    capabilities,
    limits,
    commands,
    modules,
    main,
    digest: digest({ manifest, modules }),
    capabilitiesDigest: digest(capabilities),
  })
}
