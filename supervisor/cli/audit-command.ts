// `molten audit`: gives the log's reader the path and the last head that the store knows.
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Head } from '../access/audit-powers.ts'
import { openSqlite } from '../io/sqlite.ts'
import { ownKey, parseKey } from '../io/state.ts'
import type { Settings } from '../settings.ts'
import { audit } from './audit.ts'
import { askSupervisor } from './client.ts'
import { EXIT, Exit } from './exit.ts'
import { settingsOf } from './settings.ts'

export async function auditCommand(args: string[]): Promise<number> {
  const { values, rest } = splitConfig(args)
  const { settings } = settingsOf(values)
  const head = rest[0] === 'verify' ? await headOf(settings) : null
  return await audit(rest, {
    logPath: settings.audit.logPath,
    head,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  })
}

/** The running supervisor holds the store; without one the store is asked itself. */
async function headOf(settings: Settings): Promise<Head | null> {
  let head: Head | null = null
  const running = await askSupervisor(settings.adminSocket, { op: 'status' }, (line) => {
    head = (line as { status: { head: Head } }).status.head
  })
  if (running) return head
  if (!existsSync(settings.store.file)) return null
  try {
    const { keyFile, key } = settings.encryption.database
    const store = openSqlite(
      settings.store.file,
      key ? parseKey(key.reveal(), keyFile) : ownKey(keyFile, settings.store.file),
      Date.now,
    )
    head = store.head()
    await store.close()
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new Exit(EXIT.failure, `the stored head cannot be read, so a cut-off tail would not show: ${what}`)
  }
  return head
}

function splitConfig(args: string[]): { values: string | undefined; rest: string[] } {
  const at = args.indexOf('--config')
  if (at < 0) return { values: undefined, rest: args }
  const { values } = parseArgs({ args: args.slice(at, at + 2), options: { config: { type: 'string' } } })
  return { values: values.config, rest: args.toSpliced(at, 2) }
}
