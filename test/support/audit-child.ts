// A process that writes a real audit log until it is killed, or until the disk is full. It prints one JSON line for each thing that happens.
//   audit-child.ts flood LOG HEAD     records without end from eight writers; prints each confirmed seq
//   audit-child.ts full LOG HEAD      records until one is refused; then waits for a line on stdin and records until one is taken
import { readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { openAudit } from '../../supervisor/access/audit.ts'
import { openLogFile } from '../../supervisor/io/log-file.ts'
import type { HeadStore } from '../../supervisor/access/audit-powers.ts'

const headSchema = z.strictObject({ seq: z.number(), hash: z.string() })

/** A store of one file, replaced whole. */
export function headFile(path: string): HeadStore {
  return {
    load() {
      try {
        return headSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
      } catch {
        return null
      }
    },
    save(head) {
      writeFileSync(`${path}.new`, JSON.stringify(head))
      renameSync(`${path}.new`, path)
    },
  }
}

export async function open(log: string, head: string) {
  const warn = () => {}
  return openAudit({ file: openLogFile(log), head: headFile(head), now: Date.now, warn })
}

const say = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`)
const filler = 'x'.repeat(150)

async function flood(log: string, head: string): Promise<void> {
  const { audit } = await open(log, head)
  await audit.record({ kind: 'boot', detail: { pid: process.pid } })
  const write = async (name: string) => {
    for (let index = 0; ; index++) {
      audit.append({ kind: 'turn.received', turn: `${name}-${index}` })
      const { seq } = await audit.record({ kind: 'command.intent', turn: `${name}-${index}`, detail: { filler } })
      say({ seq })
    }
  }
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(write))
}

async function full(log: string, head: string): Promise<void> {
  const { audit } = await open(log, head)
  await audit.record({ kind: 'boot', detail: { pid: process.pid } })
  const record = () =>
    audit.record({ kind: 'command.intent', detail: { filler } }).then(
      ({ seq }) => ({ seq }),
      (error: Error) => ({ refused: codeOf(error.cause) }),
    )
  let end: { seq: number } | { refused: string } = { seq: 0 }
  while ('seq' in end) end = await record()
  say({ ...end, healthy: audit.healthy() })
  audit.append({ kind: 'turn.done', turn: 'while-full' })
  await once(process.stdin, 'data')
  while (!('seq' in end)) {
    await setTimeout(20)
    end = await record()
  }
  say({ ...end, healthy: audit.healthy() })
  await audit.close()
  process.stdin.destroy()
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}

const [mode, log = '', head = ''] = process.argv.slice(2)
if (import.meta.main && mode === 'flood') await flood(log, head)
if (import.meta.main && mode === 'full') await full(log, head)
