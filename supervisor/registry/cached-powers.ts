// Spares a reload the work that the last one did: a text that is still in use is parsed and stripped once.
import { createMemo } from './memo.ts'
import type { ManifestRead } from './read-manifest.ts'
import type { ReadPowers } from './read-plugin.ts'
import type { Stripped } from './strip.ts'

/** The same powers with a memory; `sweep` is called after each reload. */
export function cachePowers(powers: ReadPowers): { readonly powers: ReadPowers; readonly sweep: () => void } {
  const manifests = createMemo<ManifestRead>()
  const stripped = createMemo<Promise<Stripped>>()
  return {
    powers: {
      files: powers.files,
      readManifest: (text, file) => manifests.get(`${file}\n${text}`, () => powers.readManifest(text, file)),
      strip: async (source) => {
        const result = await stripped.get(source, () => powers.strip(source))
        // A source may have been too slow only because the machine was busy.
        if (!('js' in result)) stripped.forget(source)
        return result
      },
    },
    sweep() {
      manifests.sweep()
      stripped.sweep()
    },
  }
}
