// The read-only view of the disk that the registry is handed; it names no path of its own and cannot write.

/** What an entry leads to; links are followed to find out, `other` is all that is neither. */
export type FolderEntry = { readonly name: string; readonly kind: 'file' | 'folder' | 'other' }

export type Listing = { readonly entries: readonly FolderEntry[] } | { readonly refused: 'missing' | 'unreadable' }

export type FileRead =
  | { readonly bytes: Uint8Array }
  | { readonly refused: 'missing' | 'outside' | 'not-a-file' | 'too-large' | 'unreadable' }

export type FilesPower = {
  /** One folder, one level, sorted by name. */
  readonly list: (folder: string) => Promise<Listing>
  /**
   * The bytes of a regular file of at most `max` bytes whose real path, links resolved, lies inside the real path of
   * the folder `within`. Never blocks on a pipe or device.
   */
  readonly read: (path: string, within: string, max: number) => Promise<FileRead>
}

/** A file's text without its byte order mark, or what is wrong with the file and the cure. */
export async function readText(
  files: FilesPower,
  path: string,
  within: string,
  max: number,
): Promise<{ readonly text: string } | { readonly what: string; readonly cure: string; readonly missing: boolean }> {
  const read = await files.read(path, within, max)
  if ('refused' in read) return { ...REFUSALS[read.refused], missing: read.refused === 'missing' }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) }
  } catch {
    return { what: 'is not UTF-8 text', cure: 'Save it as UTF-8', missing: false }
  }
}

const REFUSALS = {
  missing: { what: 'does not exist', cure: 'Create it, or correct the name' },
  outside: { what: 'is a link that leads outside its folder', cure: 'Put the file itself there' },
  'not-a-file': { what: 'is not a regular file', cure: 'Put a regular file there' },
  'too-large': { what: 'is too large', cure: 'Make it smaller than 1 MiB' },
  unreadable: { what: 'cannot be read', cure: 'Let the user that runs Molten read it' },
} as const
