// Secrets that the configuration names: written in it, or in a file beside it. Nothing here prints one.
import { resolve } from 'node:path'
import { Secret } from '../secret.ts'
import { quote, spell } from '../yaml/explain.ts'
import type { Path } from '../yaml/explain.ts'
import type { Reader } from './reader.ts'

/** Keys and tokens are far smaller, chains of certificates smaller still. */
const MAX_SECRET_BYTES = 64 * 1024
const OTHERS = 0o007

/** The secret `x` of a section, from `x` or from `x_file`: not from both, and from neither only where it may be absent. */
export function readTwin(
  reader: Reader,
  section: Path,
  name: string,
  given: { inline: Secret | undefined; file: string | undefined; required: boolean },
): Secret | null {
  const [inline, file] = [
    [...section, name],
    [...section, `${name}_file`],
  ] as const
  const both = `${quote(name)} and ${quote(`${name}_file`)}`
  if (reader.source.has(inline) && reader.source.has(file)) {
    reader.fault(file, `${both} are both given`, `Keep one of them`, 'key')
    return null
  }
  if (given.file !== undefined) return readSecretFile(reader, file, given.file)
  // A faulty one was named where its shape was checked.
  const absent = !reader.source.has(inline) && !reader.source.has(file)
  if (absent && given.required) {
    reader.fault(
      section,
      `${spell(section)} lacks ${both}`,
      `Add ${quote(`${name}_file`)}: the path of a file that holds it`,
    )
  }
  if (given.inline && reader.open) {
    reader.warn(inline, 'every user of this machine may read this secret', `Move it to ${quote(`${name}_file`)}`, 'key')
  }
  return given.inline ?? null
}

/** The text of a secret file without its last line break; null, with a fault at `at`'s key, when it cannot be had. */
export function readSecretFile(reader: Reader, at: Path, file: string): Secret | null {
  const found = readNamedFile(reader, at, file)
  if (found === null) return null
  if ((found.mode & OTHERS) !== 0) {
    const what = `every user of this machine may use ${found.path} (mode ${(found.mode & 0o777).toString(8)})`
    reader[reader.strict ? 'fault' : 'warn'](at, what, `Run chmod o-rwx ${found.path}`, 'key')
  }
  return new Secret(found.text)
}

/** The text of any small file that the configuration names, and its permission bits. */
export function readNamedFile(
  reader: Reader,
  at: Path,
  file: string,
): { path: string; text: string; mode: number } | null {
  const path = resolve(reader.base, file)
  const found = reader.read(path, MAX_SECRET_BYTES)
  if ('code' in found) {
    const [what, cure] = explainFile(found.code)
    reader.fault(at, `${path} ${what}`, cure, 'key')
    return null
  }
  const text = found.text.replace(/\r?\n$/, '')
  if (text.trim() === '') {
    reader.fault(at, `${path} is empty`, 'Write its content into it', 'key')
    return null
  }
  return { path, text, mode: found.mode }
}

/** Why a file could not be read, and what to do about it. */
export function explainFile(code: string): readonly [what: string, cure: string] {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return ['does not exist', 'Create it, or correct the path']
    case 'EACCES':
    case 'EPERM':
      return [
        'may not be read by this user',
        'Give it to the user that runs Molten, with chown or chgrp and chmod 0640',
      ]
    case 'EISDIR':
    case 'EFTYPE':
    case 'ELOOP':
      return ['is not a regular file', 'Name a regular file']
    case 'EFBIG':
      return ['is too large', 'Is it the right file? Name a smaller one']
    case 'EILSEQ':
      return ['is not UTF-8 text', 'Is it the right file? Name one that holds text']
    default:
      return [`cannot be read (${code})`, 'Mend that, or name another file']
  }
}
