// Reads one small text file for the configuration: bounded, regular files only. It decides nothing about what the text means.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** A file's text and permission bits, or an errno name: EFBIG above `maxBytes`, EFTYPE not a regular file, EILSEQ not UTF-8. */
export function readText(path: string, maxBytes: number): { text: string; mode: number } | { code: string } {
  let descriptor: number | null = null
  try {
    // O_NONBLOCK so that a named pipe cannot hang the start.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const about = fstatSync(descriptor)
    if (!about.isFile()) return { code: 'EFTYPE' }
    if (about.size > maxBytes) return { code: 'EFBIG' }
    const bytes = readFileSync(descriptor)
    if (bytes.length > maxBytes) return { code: 'EFBIG' }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), mode: about.mode & 0o7777 }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO'
    return { code: code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'EILSEQ' : code }
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}
