// A cheap likeness of folders: names, sizes, times and inodes of all below them, so that any change shows. It reads no file.
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bounds for folders that hold more than plugins; ours are far beyond 300 plugins of 64 modules in a few folders each. */
const MAX_DEPTH = 8
const MAX_ENTRIES = 50_000

export type Fingerprint = {
  /** Equal when nothing changed. */
  readonly text: string
  /** The folders that were looked into. */
  readonly folders: readonly string[]
}

/** Of all roots together. What is missing or unreadable is part of the likeness; the insides of hidden folders and packages are not. */
export async function fingerprint(roots: readonly string[]): Promise<Fingerprint> {
  const lines: string[] = []
  const folders: string[] = []
  let next = [...roots]
  for (let depth = 0; depth <= MAX_DEPTH && lines.length < MAX_ENTRIES; depth++) {
    const looks = await Promise.all(next.map(look))
    lines.push(...looks.flatMap((found) => found.lines))
    folders.push(...next.filter((_, index) => looks[index]?.isFolder))
    next = looks.flatMap((found) => found.inner)
  }
  return { text: lines.join('\n'), folders }
}

async function look(folder: string): Promise<{ isFolder: boolean; lines: string[]; inner: string[] }> {
  const names = await readdir(folder).catch(() => null)
  if (names === null) return { isFolder: false, lines: [folder], inner: [] }
  const inner: string[] = []
  const lines = await Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name)
      const about = await lstat(path, { bigint: true }).catch(() => null)
      if (about?.isDirectory() && !name.startsWith('.') && name !== 'node_modules') inner.push(path)
      return [path, about?.ino, about?.size, about?.mode, about?.uid, about?.mtimeNs, about?.ctimeNs].join('\0')
    }),
  )
  return { isFolder: true, lines, inner: inner.sort() }
}
