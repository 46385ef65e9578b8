// The store on one machine: SQLite encrypted by SQLCipher's scheme (AES-256-CBC, HMAC). The only importer of the driver. Nothing is
// acknowledged before it is on the disk (WAL, synchronous=FULL); writers that arrive together share one transaction.
import Database from 'better-sqlite3-multiple-ciphers'
import { z } from 'zod'
import { EFFECTS } from '../capabilities/capability.ts'
import { messageSchema, type Message } from '../chat/message.ts'
import { replySchema } from '../chat/reply.ts'
import type { Store } from '../store.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS inbox (
    key TEXT PRIMARY KEY, turn TEXT NOT NULL UNIQUE, message TEXT NOT NULL, accepted INTEGER NOT NULL,
    command TEXT, effect TEXT, done INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE INDEX IF NOT EXISTS inbox_open ON inbox (accepted) WHERE done = 0;
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, turn TEXT NOT NULL, message TEXT NOT NULL, reply TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE TABLE IF NOT EXISTS records (
    plugin TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, bytes INTEGER NOT NULL, expires INTEGER,
    PRIMARY KEY (plugin, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
`
const waitingRow = z.object({
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
  db.exec(SCHEMA)

  const write = createWriter(db)
  const statement = {
    accept: db.prepare(
      'INSERT INTO inbox (key, turn, message, accepted) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
    ),
    begin: db.prepare('UPDATE inbox SET command = ?, effect = ? WHERE turn = ?'),
    finish: db.prepare('UPDATE inbox SET done = 1 WHERE turn = ? AND done = 0 RETURNING message'),
    owe: db.prepare('INSERT INTO outbox (turn, message, reply) VALUES (?, ?, ?)'),
    waiting: db.prepare('SELECT turn, message, command, effect FROM inbox WHERE done = 0 ORDER BY accepted, rowid'),
    owed: db.prepare('SELECT id, turn, message, reply, tries FROM outbox ORDER BY id'),
    delivered: db.prepare('DELETE FROM outbox WHERE id = ?'),
    undelivered: db.prepare('UPDATE outbox SET tries = tries + 1 WHERE id = ?'),
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
    pruneInbox: db.prepare('DELETE FROM inbox WHERE done = 1 AND accepted < ?'),
    pruneRecords: db.prepare('DELETE FROM records WHERE expires <= ?'),
  }
  const message = (text: string): Message => messageSchema.parse(JSON.parse(text))

  return {
    accept: (turn, sent) =>
      write(() =>
        statement.accept.run(sent.key, turn, JSON.stringify(sent), now()).changes === 1 ? 'new' : 'duplicate',
      ),
    begin: (turn, command, effect) => write(() => void statement.begin.run(command, effect, turn)),
    finish: (turn, reply) =>
      write(() => {
        const row = z.object({ message: z.string() }).optional().parse(statement.finish.get(turn))
        return row ? Number(statement.owe.run(turn, row.message, JSON.stringify(reply)).lastInsertRowid) : null
      }),
    waiting: () =>
      waitingRow
        .array()
        .parse(statement.waiting.all())
        .map(({ turn, command, effect, ...row }) => ({
          turn,
          message: message(row.message),
          begun: command !== null && effect !== null ? { command, effect } : null,
        })),
    owed: () =>
      owedRow
        .array()
        .parse(statement.owed.all())
        .map((row) => ({ ...row, message: message(row.message), reply: replySchema.parse(JSON.parse(row.reply)) })),
    delivered: (id) => write(() => void statement.delivered.run(id)),
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
    saveHead: (head) => write(() => void statement.saveHead.run(head.seq, head.hash)),
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

/** Writes that arrive in one turn of the loop share a transaction, and so one sync of the disk. One that throws fails alone. */
function createWriter(db: Database.Database): <T>(work: () => T) => Promise<T> {
  type Job = { work: () => unknown; resolve: (value: unknown) => void; reject: (error: unknown) => void }
  let queue: Job[] = []

  const flush = (): void => {
    const jobs = queue
    queue = []
    const settled: (() => void)[] = []
    try {
      db.exec('BEGIN IMMEDIATE')
      for (const job of jobs) {
        try {
          db.exec('SAVEPOINT one')
          const value = job.work()
          db.exec('RELEASE one')
          settled.push(() => job.resolve(value))
        } catch (error) {
          if (db.inTransaction) db.exec('ROLLBACK TO one; RELEASE one')
          settled.push(() => job.reject(error))
        }
      }
      db.exec('COMMIT')
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK')
      for (const job of jobs) job.reject(error)
      return
    }
    for (const settle of settled) settle()
  }

  return <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush)
      queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
    })
}
