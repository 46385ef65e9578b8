// Where Molten keeps its state: the database, and beside it the key, the audit log and the socket of its own command line.
import { dirname, join, resolve } from 'node:path'
import type { Configuration } from './schema.ts'
import type { Reader } from './reader.ts'
import { readSecretFile } from './secrets.ts'

// The unit's StateDirectory and RuntimeDirectory.
const INSTALLED_STATE = '/var/lib/molten'
const INSTALLED_SOCKET = '/run/molten/admin.sock'
// sun_path of unix(7) has 108 bytes, the last of them a NUL.
const MAX_SOCKET_BYTES = 107

export function readState(reader: Reader, raw: Configuration) {
  const database = databaseFile(reader, raw.store.url)
  const directory = dirname(database)
  const adminSocket = directory === INSTALLED_STATE ? INSTALLED_SOCKET : join(directory, 'admin.sock')
  if (Buffer.byteLength(adminSocket) > MAX_SOCKET_BYTES) {
    const what = `${adminSocket} is too long for a socket (${MAX_SOCKET_BYTES} bytes)`
    reader.fault(['store', 'url'], what, 'Keep the database in a folder with a shorter path')
  }
  if (!raw.audit.enabled && reader.strict) {
    const what = '`isolation: strict` refuses to run without an audit log'
    reader.fault(['audit', 'enabled'], what, 'Remove `enabled: false`')
  }
  const key = raw.encryption.database.key_file
  return {
    stateDirectory: directory,
    adminSocket,
    store: { file: database },
    audit: {
      enabled: raw.audit.enabled,
      logPath:
        raw.audit.log_path === undefined ? join(directory, 'audit.log') : resolve(reader.base, raw.audit.log_path),
      retentionDays: raw.audit.retention_days,
    },
    encryption: {
      database: {
        /** Made at the first start when it is nobody's choice; a configured one was read here. */
        keyFileConfigured: key !== undefined,
        keyFile: key === undefined ? join(directory, 'db_key') : resolve(reader.base, key),
        key: key === undefined ? null : readSecretFile(reader, ['encryption', 'database', 'key_file'], key),
        algorithm: raw.encryption.database.algorithm,
      },
    },
  }
}

function databaseFile(reader: Reader, url: string): string {
  const at = ['store', 'url']
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : ''
  if (/^rediss?:/i.test(url)) {
    reader.fault(at, 'a Redis store cannot be honoured yet', 'Use sqlite:/path/of/molten.db')
  } else if (path === '' || /^:memory:$|^\/\/|\/$|\0/.test(path)) {
    reader.fault(at, '`store.url` is not a store', 'Write sqlite:/path/of/molten.db')
  }
  return resolve(reader.base, path)
}
