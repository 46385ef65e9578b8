// Loads all plugins once: find, read, settle names, look up grants. It keeps nothing and runs nothing.
import { sep } from 'node:path'
import type { Fault } from '../errors.ts'
import { findManifests, type ManifestFile } from './find.ts'
import { grantState, type Grants } from './grants.ts'
import { faultAt } from './place.ts'
import type { Plugin } from './plugin.ts'
import { readPlugin, type Candidate, type ReadPowers } from './read-plugin.ts'
import { settle } from './settle.ts'

export type LoadOptions = {
  /** Absolute paths of the plugin directories. */
  readonly directories: readonly string[]
  /** The operator's configuration by plugin name; it goes over the manifest's, key by key. */
  readonly overrides: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly grants: Grants
  /** Every plugin needs a grant of exactly its code. */
  readonly strict: boolean
}

/** Plugins sorted by name. */
export type Loaded = { readonly plugins: readonly Plugin[]; readonly faults: readonly Fault[] }

/** `before` is what is loaded now (nothing at start): a plugin that has a fault stays as it was. Never rejects. */
export async function loadPlugins(
  options: LoadOptions,
  powers: ReadPowers,
  before: ReadonlyMap<string, Plugin> = new Map(),
): Promise<Loaded> {
  const { directories, overrides, grants, strict } = options
  const found = await findManifests(directories, powers.files)
  const candidates = await mapWide(found.manifests, (manifest) => readSafely(manifest, overrides, powers))
  const isLost = (file: string) => found.unreadable.some((folder) => file.startsWith(folder + sep))
  const settled = settle(candidates, before, isLost)
  return {
    plugins: [...settled.plugins.values()].map((draft) =>
      Object.freeze({ ...draft, state: grantState(draft, grants, strict) }),
    ),
    faults: [...found.faults, ...settled.faults],
  }
}

/** Far fewer than the 1024 files that a process may have open by default: each plugin may hold one. */
const WIDTH = 32

async function mapWide<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  const rest = items.entries()
  const takeTurns = async () => {
    for (const [index, item] of rest) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: WIDTH }, takeTurns))
  return results
}

/** Whatever one plugin brings about, the others load. */
async function readSafely(
  manifest: ManifestFile,
  overrides: LoadOptions['overrides'],
  powers: ReadPowers,
): Promise<Candidate> {
  try {
    return await readPlugin(manifest, overrides, powers)
  } catch (error) {
    const place = { file: manifest.file, line: 1, column: 1 }
    const what = `this plugin cannot be loaded (${error instanceof Error ? error.name : 'unknown error'})`
    return { file: manifest.file, place, draft: null, faults: [faultAt(place, what, 'Make it simpler')] }
  }
}
