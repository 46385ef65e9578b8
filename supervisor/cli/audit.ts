// `molten audit verify` and `molten audit tail`: reads the log's files and prints. It writes nothing and needs no running supervisor.
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { verifyAudit } from '../access/audit-verify.ts'
import { tail } from './audit-tail.ts'
import type { Head } from '../access/audit-powers.ts'

export type AuditContext = {
  readonly logPath: string
  /** The last head stored, read before the log is; null when there is none. */
  readonly head: Head | null
  /** Each takes one line without its newline. */
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  /** Ends `tail -f`. */
  readonly signal?: AbortSignal
}

const USAGE = ['usage: molten audit verify', '       molten audit tail [-n LINES] [-f] [--json]']
const MOST_LINES = 10_000

/** Runs `args` (what follows `molten audit`). Exit code: 0, 1 a log that is broken or cannot be read, 2 usage. */
export async function audit(args: readonly string[], context: AuditContext): Promise<number> {
  const [verb, ...rest] = args
  try {
    if (verb === 'verify' && rest.length === 0) return await verify(context)
    const options = verb === 'tail' ? tailOptions(rest) : null
    if (options) return await tail(options, context)
  } catch (error) {
    context.err(error instanceof Error ? error.message : String(error))
    return 1
  }
  for (const line of USAGE) context.err(line)
  return 2
}

async function verify({ logPath, head, out, err }: AuditContext): Promise<number> {
  const paths = [...(await rotated(logPath)), logPath]
  const verdict = await verifyAudit(
    paths.map((name) => ({ name, bytes: createReadStream(name) as AsyncIterable<Buffer> })),
    head,
  )
  if (!verdict.ok) {
    const { file, line, seq, what } = verdict
    err(`${file}:${line}: ${seq === undefined ? 'this line' : `record ${seq}`} ${what}`)
    return 1
  }
  const { records, last, torn, unfinished } = verdict
  out(`${records} records, unbroken; last ${last.seq} ${last.hash}`)
  if (torn > 0) out(`${torn} torn lines, each named by the record after it`)
  if (unfinished > 0) out(`the last ${unfinished} bytes are an unfinished line: a write in progress, or a crash`)
  if (head === null) out('no head is stored: a tail that was cut off would not show')
  return 0
}

/** `audit.log.2`, `audit.log.1`: the higher the number, the older. */
async function rotated(logPath: string): Promise<string[]> {
  const prefix = `${basename(logPath)}.`
  const names = await readdir(dirname(logPath))
  const numbers = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((end) => /^[1-9]\d{0,8}$/.test(end))
    .map(Number)
  return numbers.sort((a, b) => b - a).map((number) => join(dirname(logPath), `${prefix}${number}`))
}

function tailOptions(args: readonly string[]): { lines: number; follow: boolean; json: boolean } | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        lines: { type: 'string', short: 'n', default: '10' },
        follow: { type: 'boolean', short: 'f', default: false },
        json: { type: 'boolean', default: false },
      },
    })
    if (!/^\d{1,6}$/.test(values.lines)) return null
    return { lines: Math.min(Number(values.lines), MOST_LINES), follow: values.follow, json: values.json }
  } catch {
    return null
  }
}
