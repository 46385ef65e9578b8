// The state directory and the database's key: made at the first start, refused when they are not ours alone.
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
  fsyncSync,
  closeSync,
} from 'node:fs'

/** Makes the directory (0700) when it is missing. Throws when it is not a directory of this user. */
export function prepareState(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const stat = lstatSync(directory)
  if (!stat.isDirectory()) throw new Error(`${directory} is not a directory`)
  if (stat.uid !== process.getuid?.())
    throw new Error(`${directory} belongs to another user; run: chown $(id -u) ${directory}`)
  if ((stat.mode & 0o077) !== 0) chmodSync(directory, 0o700)
}

/** The key of 32 bytes in a file that Molten made, made now when neither it nor the database exists. */
export function ownKey(file: string, database: string): Buffer {
  if (!existsSync(file)) {
    // A new key for an old database would only look like a corrupt one.
    if (existsSync(database))
      throw new Error(`the key ${file} of ${database} is missing; put it back, or move the database away`)
    const fd = openSync(file, 'wx', 0o600)
    writeSync(fd, `${randomBytes(32).toString('hex')}\n`)
    fsyncSync(fd)
    closeSync(fd)
  }
  return parseKey(readFileSync(file, 'utf8'), file)
}

/** 64 hexadecimal digits, as `openssl rand -hex 32` writes them. */
export function parseKey(text: string, file: string): Buffer {
  const hex = text.trim()
  if (!/^[0-9a-f]{64}$/i.test(hex))
    throw new Error(`${file} does not hold a key of 64 hexadecimal digits; make one with: openssl rand -hex 32`)
  return Buffer.from(hex, 'hex')
}
