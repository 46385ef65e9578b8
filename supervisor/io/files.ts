// The registry's reader of plugin files: bounded, regular files only, and never out of the folder it was given.
import { constants } from 'node:fs'
import { open, readdir, readlink, realpath, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { FileRead, FilesPower, FolderEntry, Listing } from '../registry/files.ts'

// O_NONBLOCK so that a named pipe cannot hang the reader.
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export function createFiles(): FilesPower {
  return Object.freeze({ list, read })
}

async function list(folder: string): Promise<Listing> {
  try {
    const found = await readdir(folder, { withFileTypes: true })
    const entries = await Promise.all(
      found.map(async (entry): Promise<FolderEntry> => {
        const about = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => null) : entry
        return { name: entry.name, kind: about?.isFile() ? 'file' : about?.isDirectory() ? 'folder' : 'other' }
      }),
    )
    return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) }
  } catch (error) {
    return { refused: isMissing(error) ? 'missing' : 'unreadable' }
  }
}

async function read(path: string, within: string, max: number): Promise<FileRead> {
  let handle: FileHandle | null = null
  try {
    const [real, root] = await Promise.all([realpath(path), realpath(within)])
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) return { refused: 'outside' }
    handle = await open(real, READ_ONLY)
    const about = await handle.stat()
    if (!about.isFile()) return { refused: 'not-a-file' }
    // A folder on the way may have been swapped for a link since `realpath`; what was opened is what counts.
    if ((await readlink(`/proc/self/fd/${handle.fd}`)) !== real) return { refused: 'unreadable' }
    return about.size > max ? { refused: 'too-large' } : await readWhole(handle, about.size)
  } catch (error) {
    return { refused: isMissing(error) ? 'missing' : 'unreadable' }
  } finally {
    await handle?.close()
  }
}

async function readWhole(handle: FileHandle, size: number): Promise<FileRead> {
  // One byte more than there should be: a file that grows or shrinks meanwhile is being written, and read again soon.
  const buffer = Buffer.alloc(size + 1)
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length === size ? { bytes: buffer.subarray(0, size) } : { refused: 'unreadable' }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'ENOENT' || code === 'ENOTDIR'
}
