// Reads a plugin's code as data: its main module and all that it imports, types stripped. It runs nothing and reads only
// the plugin's own folder.
import { join } from 'node:path'
import type { Fault } from '../errors.ts'
import { compile } from './compile.ts'
import { readText, type FilesPower } from './files.ts'
import { faultAt, type Place, type Spot } from './place.ts'
import { resolveSpecifier } from './specifier.ts'
import type { Strip } from './strip.ts'

/** All three are ours: code that a person can review before granting it, far below a host's frame of 8 MiB. */
const MAX_MODULES = 64
const MAX_BYTES = 1024 ** 2
const MAX_FAULTS = 50

/** Where reading starts, and where the manifest says so. */
export type Entry = {
  readonly folder: string
  readonly main: string
  readonly place: Place
  readonly inline: Inline | null
}

/**
 * The code of `main` when it stands in the manifest: behind as many empty lines as the manifest has above it, so that
 * its lines are the manifest's; `indent` is what the manifest has before each line.
 */
export type Inline = { readonly code: string; readonly indent: number }

/** Path inside the folder → JavaScript, and the path of the first. */
export type Modules = { readonly modules: Readonly<Record<string, string>>; readonly main: string }

/** Every module that `main` reaches by static imports, or the faults found on the way. Never rejects. */
export async function readModules(
  { folder, main, place, inline }: Entry,
  { files, strip }: { files: FilesPower; strip: Strip },
): Promise<Modules | { readonly faults: readonly Fault[] }> {
  const modules: Record<string, string> = {}
  const faults: Fault[] = []
  const wanted = new Map([[main, place]])
  let bytes = 0
  for (const [path, by] of wanted) {
    const isInline = inline !== null && path === main
    const read = isInline ? { text: inline.code } : await readText(files, join(folder, path), folder, MAX_BYTES)
    if ('what' in read) {
      faults.push(faultAt(by, `${JSON.stringify(path)} ${read.what}`, read.cure))
      continue
    }
    bytes += Buffer.byteLength(read.text)
    if (bytes > MAX_BYTES) {
      faults.push(faultAt(by, 'the plugin has more than 1 MiB of code', 'Make it smaller, or make it two plugins'))
      break
    }
    const { js, imports, problems } = await compile(read.text, isInline || path.endsWith('.ts'), strip)
    modules[path] = js
    const at = ({ line, column }: Spot): Place =>
      isInline ? { ...place, line, column: column + inline.indent } : { file: join(folder, path), line, column }

    for (const problem of problems) faults.push(faultAt(at(problem), problem.what, problem.cure))
    for (const found of imports) {
      const target = resolveSpecifier(found.specifier, path)
      if (target.kind === 'refused')
        faults.push(faultAt(at(found), `${JSON.stringify(found.specifier)} ${target.what}`, target.cure))
      if (target.kind === 'module' && !wanted.has(target.path)) wanted.set(target.path, at(found))
    }
    if (wanted.size > MAX_MODULES) {
      faults.push(faultAt(place, `the plugin has more than ${MAX_MODULES} modules`, 'Join some of them'))
      break
    }
  }
  return faults.length > 0 ? { faults: faults.slice(0, MAX_FAULTS) } : { modules, main }
}
