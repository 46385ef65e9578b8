// Reads one manifest's text into what a plugin is made of, or every fault of it. It reads no other file.
import type { Capability } from '../capabilities/capability.ts'
import type { Fault } from '../errors.ts'
import { readYaml } from '../yaml.ts'
import { inlineCode } from './inline.ts'
import type { CheckArgs } from './manifest-args.ts'
import { manifestSchema, type Manifest } from './manifest.ts'
import type { Inline } from './modules.ts'
import type { Place } from './place.ts'

export type ManifestRead = {
  /** Whole when there are no faults; otherwise what of it fits, for looking at the code in the same pass, or null. */
  readonly manifest: Manifest | null
  readonly faults: readonly Fault[]
  /** Where the manifest says its name, and where it says its code. */
  readonly name: Place
  readonly code: Place
  readonly inline: Inline | null
}

export type ReadManifest = (text: string, file: string) => ManifestRead

/** A reader that knows the capabilities there are, and how to judge a schema of arguments. It never throws. */
export function createManifestReader(
  capabilities: Readonly<Record<string, Capability>>,
  checkArgs: CheckArgs,
): ReadManifest {
  const schema = manifestSchema(capabilities, checkArgs)
  return (text, file) => {
    const read = readYaml(text, file, schema)
    const manifest = 'faults' in read ? read.rest : read.value
    const source = manifest?.source
    const at = (key: string): Place => ({ file, ...read.source.position([key]) })
    return {
      manifest,
      faults: 'faults' in read ? read.faults : [],
      name: at('name'),
      code: at(source === undefined ? 'main' : 'source'),
      inline: source === undefined ? null : inlineCode(source, text, at('source')),
    }
  }
}
