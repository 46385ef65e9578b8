// Reads plugins' secrets from `secrets_dir/PLUGIN/NAME`; it never follows a link, caches or logs a value.
import { constants } from 'node:fs'
import { lstat, open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecretsPower } from '../capabilities/capability.ts'
import { Coded } from '../errors.ts'

const PLUGIN = /^[a-z][a-z0-9-]{1,39}$/
const NAME = /^[A-Z][A-Z0-9_]{0,63}$/
const LIMIT = 64 * 1024
// A pipe in place of the file would block the read for ever without O_NONBLOCK.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** The power over one directory. A file that is there but unsafe or unreadable is SECRET_MISSING, with the reason as its cause. */
export function createSecrets(directory: string): SecretsPower {
  return {
    async read(plugin, name) {
      if (!PLUGIN.test(plugin) || !NAME.test(name)) return null
      try {
        return await readSecret(join(directory, plugin), name)
      } catch (cause) {
        if (isAbsent(cause)) return null
        throw new Coded('SECRET_MISSING', { name }, { cause })
      }
    },
  }
}

async function readSecret(folder: string, name: string): Promise<string | null> {
  if (!(await lstat(folder)).isDirectory()) throw new Error(`${folder} is not a directory`)
  const file = await open(join(folder, name), FLAGS)
  try {
    return await readOpen(file, join(folder, name))
  } finally {
    await file.close()
  }
}

async function readOpen(file: FileHandle, path: string): Promise<string | null> {
  const found = await file.stat()
  if (!found.isFile()) throw new Error(`${path} is not a regular file`)
  // Whoever can write it can choose what is sent to servers. Others' reading is the operator's to judge: umask 022 is common.
  if ((found.mode & constants.S_IWOTH) !== 0) throw new Error(`${path} is writable by everybody`)
  if (found.size > LIMIT) throw new Error(`${path} is larger than 64 KiB`)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile())
  return text.replace(/\r?\n$/, '') || null
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
