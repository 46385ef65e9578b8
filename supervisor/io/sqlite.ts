// The store on one machine: SQLite encrypted by SQLCipher's scheme (AES-256-CBC, HMAC). The only importer of the driver. Nothing is
// acknowledged before it is on the disk (WAL, synchronous=FULL); writers that arrive together share one transaction.
// oxlint-disable-next-line import/default -- CommonJS, whose default is its module.exports
import Database from 'better-sqlite3-multiple-ciphers'
import { z } from 'zod'
import { EFFECTS } from '../capabilities/capability.ts'
import { messageSchema, type Message } from '../chat/message.ts'
import { replySchema } from '../chat/reply.ts'
import type { Store } from '../store.ts'

// One row is a message's whole life: 0 waiting, 1 its reply is owed, 2 done. So each step after the first changes one page, which is
// what a commit costs; the key stays, so that a message is known again.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS inbox (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, turn TEXT NOT NULL, accepted INTEGER NOT NULL, state INTEGER NOT NULL,
    message TEXT, command TEXT, effect TEXT, reply TEXT, tries INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE TABLE IF NOT EXISTS records (
    plugin TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, bytes INTEGER NOT NULL, expires INTEGER,
    PRIMARY KEY (plugin, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
`
/** Of the schema; a change of it needs the steps from the one before. */
const VERSION = 1
/** Milliseconds that a write which nobody waits for may wait for others to share a commit with. */
const IDLE_WRITE = 50

const waitingRow = z.object({
  id: z.number(),
  turn: z.string(),
  message: z.string(),
  command: z.string().nullable(),
  effect: z.enum(EFFECTS).nullable(),
})
const owedRow = z.object({
  id: z.number(),
  turn: z.string(),
  message: z.string(),
  reply: z.string(),
  tries: z.number(),
})
const headRow = z.object({ seq: z.number(), hash: z.string() })
const keyRow = z.object({ key: z.string() })

/**
 * Opens or creates the database. `key`: 32 bytes. Takes the file exclusively for this process: a second opener throws.
 * Throws when the file is not a database under this key.
 */
export function openSqlite(file: string, key: Buffer, now: () => number): Store {
  const db = new Database(file, { timeout: 1_000 })
  db.pragma(`cipher='sqlcipher'`)
  db.pragma(`key="x'${key.toString('hex')}'"`)
  db.pragma('locking_mode = EXCLUSIVE')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  const version = z.number().parse(db.pragma('user_version', { simple: true }))
  if (version > VERSION) throw new Error(`it was made by a newer Molten (schema ${version}, this one knows ${VERSION})`)
  db.exec(SCHEMA)
  db.pragma(`user_version = ${VERSION}`)

  const write = createWriter(db)
  const statement = {
    accept: db.prepare(
      'INSERT INTO inbox (key, turn, message, accepted, state) VALUES (?, ?, ?, ?, 0) ON CONFLICT (key) DO NOTHING',
    ),
    begin: db.prepare('UPDATE inbox SET command = ?, effect = ? WHERE id = ?'),
    finish: db.prepare('UPDATE inbox SET state = 1, reply = ? WHERE id = ? AND state = 0'),
    waiting: db.prepare('SELECT id, turn, message, command, effect FROM inbox WHERE state = 0 ORDER BY id'),
    owed: db.prepare('SELECT id, turn, message, reply, tries FROM inbox WHERE state = 1 ORDER BY id'),
    delivered: db.prepare('UPDATE inbox SET state = 2, message = NULL, reply = NULL WHERE id = ?'),
    undelivered: db.prepare('UPDATE inbox SET tries = tries + 1 WHERE id = ?'),
    get: db
      .prepare('SELECT value FROM records WHERE plugin = ? AND key = ? AND (expires IS NULL OR expires > ?)')
      .pluck(),
    used: db
      .prepare(
        'SELECT coalesce(sum(bytes), 0) FROM records WHERE plugin = ? AND key <> ? AND (expires IS NULL OR expires > ?)',
      )
      .pluck(),
    set: db.prepare(
      'INSERT INTO records (plugin, key, value, bytes, expires) VALUES (?, ?, ?, ?, ?) ' +
        'ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value, bytes = excluded.bytes, expires = excluded.expires',
    ),
    delete: db.prepare('DELETE FROM records WHERE plugin = ? AND key = ? AND (expires IS NULL OR expires > ?)'),
    list: db.prepare(
      'SELECT key FROM records WHERE plugin = ? AND substr(key, 1, length(?)) = ? AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?',
    ),
    head: db.prepare('SELECT seq, hash FROM head'),
    saveHead: db.prepare(
      'INSERT INTO head VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash',
    ),
    pruneInbox: db.prepare('DELETE FROM inbox WHERE state = 2 AND accepted < ?'),
    pruneRecords: db.prepare('DELETE FROM records WHERE expires <= ?'),
  }
  const message = (text: string): Message => messageSchema.parse(JSON.parse(text))

  // The turns that are not finished, by their row: those of this process, and those that `waiting` found.
  const rows = new Map<string, number>()
  const rowOf = (turn: string): number => {
    const row = rows.get(turn)
    if (row === undefined) throw new Error(`turn ${turn} is not open`)
    return row
  }

  return {
    accept: (turn, sent) =>
      write(() => {
        const { changes, lastInsertRowid } = statement.accept.run(sent.key, turn, JSON.stringify(sent), now())
        if (changes === 0) return 'duplicate'
        rows.set(turn, Number(lastInsertRowid))
        return 'new'
      }),
    begin: (turn, command, effect) => write(() => void statement.begin.run(command, effect, rowOf(turn))),
    finish: (turn, reply) =>
      write(() => {
        const row = rowOf(turn)
        return statement.finish.run(JSON.stringify(reply), row).changes === 1 ? row : null
      }),
    waiting: () =>
      waitingRow
        .array()
        .parse(statement.waiting.all())
        .map(({ id, turn, command, effect, ...row }) => {
          rows.set(turn, id)
          const begun = command !== null && effect !== null ? { command, effect } : null
          return { turn, message: message(row.message), begun }
        }),
    owed: () =>
      owedRow
        .array()
        .parse(statement.owed.all())
        .map((row) => ({ ...row, message: message(row.message), reply: replySchema.parse(JSON.parse(row.reply)) })),
    delivered: (id, turn) =>
      write(() => {
        rows.delete(turn)
        statement.delivered.run(id)
      }, 'idle'),
    undelivered: (id) => write(() => void statement.undelivered.run(id)),
    records: {
      get: async (plugin, key) =>
        z
          .string()
          .nullable()
          .parse(statement.get.get(plugin, key, now()) ?? null),
      set: (plugin, key, value, expires, quota) =>
        write(() => {
          const bytes = Buffer.byteLength(key) + Buffer.byteLength(value)
          if (z.number().parse(statement.used.get(plugin, key, now())) + bytes > quota) return false
          statement.set.run(plugin, key, value, bytes, expires)
          return true
        }),
      delete: (plugin, key) => write(() => statement.delete.run(plugin, key, now()).changes === 1),
      list: async (plugin, prefix, limit) =>
        keyRow
          .array()
          .parse(statement.list.all(plugin, prefix, prefix, now(), limit))
          .map((row) => row.key),
    },
    head: () => headRow.nullable().parse(statement.head.get() ?? null),
    saveHead: (head) => write(() => void statement.saveHead.run(head.seq, head.hash), 'idle'),
    prune: (before) =>
      write(() => {
        statement.pruneInbox.run(before)
        statement.pruneRecords.run(now())
      }),
    async close() {
      await write(() => {})
      db.close()
    },
  }
}

type Write = <T>(work: () => T, when?: 'now' | 'idle') => Promise<T>

/** Writes that arrive in one turn of the loop share a transaction, and so one sync of the disk. One that throws fails alone. */
function createWriter(db: Database.Database): Write {
  type Job = { work: () => unknown; resolve: (value: unknown) => void; reject: (error: unknown) => void }
  const run = (sql: string): (() => void) => {
    const statement = db.prepare(sql)
    return () => void statement.run()
  }
  const begin = run('BEGIN IMMEDIATE')
  const commit = run('COMMIT')
  const save = run('SAVEPOINT one')
  const release = run('RELEASE one')
  let queue: Job[] = []
  let due: 'no' | 'idle' | 'now' = 'no'
  let idle: NodeJS.Timeout | undefined

  const one = (job: Job): (() => void) => {
    try {
      save()
      const value = job.work()
      release()
      return () => job.resolve(value)
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK TO one; RELEASE one')
      return () => job.reject(error)
    }
  }

  const flush = (): void => {
    clearTimeout(idle)
    const jobs = queue
    queue = []
    due = 'no'
    if (jobs.length === 0) return
    try {
      begin()
      const settled = jobs.map(one)
      commit()
      for (const settle of settled) settle()
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK')
      for (const job of jobs) job.reject(error)
    }
  }

  return (work, when = 'now') =>
    new Promise((resolve, reject) => {
      queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
      if (when === 'now' && due !== 'now') {
        due = 'now'
        setImmediate(flush)
      } else if (due === 'no') {
        due = 'idle'
        idle = setTimeout(flush, IDLE_WRITE)
      }
    })
}
