// Decides what an import in a plugin may name: 'molten' or a file of the plugin's own folder. It never touches the disk.
import { posix } from 'node:path'

export type Resolved =
  | { readonly kind: 'molten' }
  /** Path inside the folder, joined by `/`, never beginning with `..`. */
  | { readonly kind: 'module'; readonly path: string }
  /** `what` follows the specifier: "leads outside …". */
  | { readonly kind: 'refused'; readonly what: string; readonly cure: string }

/** `importer` is the path inside the folder of the module that the specifier stands in. */
export function resolveSpecifier(specifier: string, importer: string): Resolved {
  const refused = (what: string, cure: string): Resolved => ({ kind: 'refused', what, cure })
  if (specifier === 'molten') return { kind: 'molten' }
  if (!/^\.\.?\//.test(specifier)) {
    return refused(
      'does not exist here',
      "Import 'molten' or files of the plugin’s own folder, such as './lib/name.ts'",
    )
  }
  if (/[\\\p{Cc}?#%]|\/\//u.test(specifier)) return refused('is not a plain path', 'Join folder and file names by "/"')
  const path = posix.join(posix.dirname(importer), specifier)
  if (path.startsWith('..')) return refused('leads outside the plugin’s folder', 'Copy the file into the folder')
  if (path.endsWith('.json')) return refused('is JSON, not a module', 'Put it into a .ts file: export default {…}')
  if (!/[^/]\.(ts|js)$/.test(path)) return refused('lacks the ending .ts or .js', 'Write the file’s whole name')
  return { kind: 'module', path }
}
