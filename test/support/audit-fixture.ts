// Opens audit logs over memory for tests, with a clock that stands still until it is told, and verifies what they hold.
import { z } from 'zod'
import { openAudit } from '../../supervisor/access/audit.ts'
import { verifyAudit } from '../../supervisor/access/audit-verify.ts'
import { memoryLog } from './memory-log.ts'
import type { Audit } from '../../supervisor/access/audit.ts'
import type { Head, HeadStore } from '../../supervisor/access/audit-powers.ts'
import type { Tail } from '../../supervisor/access/audit-tail.ts'
import type { Verdict } from '../../supervisor/access/audit-verify.ts'
import type { MemoryLog } from './memory-log.ts'

export type Opened = {
  audit: Audit
  tail: Tail
  file: MemoryLog
  heads: HeadStore & { saved: Head | null }
  clock: { now: number }
  warnings: string[]
}

/** 2026-11-22T05:00:00.000Z */
export const START = Date.UTC(2026, 10, 22, 5)

export async function opened(options: { text?: string; head?: Head | null; deadline?: number } = {}): Promise<Opened> {
  const file = memoryLog(options.text)
  const clock = { now: START }
  const warnings: string[] = []
  const heads: Opened['heads'] = {
    saved: options.head ?? null,
    load: () => Promise.resolve(heads.saved),
    save(head) {
      heads.saved = head
    },
  }
  const { deadline = 10_000 } = options
  const warn = (what: string) => void warnings.push(what)
  const { audit, tail } = await openAudit({ file, head: heads, now: () => clock.now, warn, deadline })
  return { audit, tail, file, heads, clock, warnings }
}

/** Verifies one file's text, handed over in pieces of `piece` bytes. */
export function verdictOf(text: string | Buffer, head: Head | null = null, piece = 64 * 1024): Promise<Verdict> {
  return verifyAudit([{ name: 'audit.log', bytes: pieces(Buffer.from(text), piece) }], head)
}

export async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

const lineSchema = z.looseObject({
  seq: z.number(),
  time: z.string(),
  kind: z.string(),
  prev: z.string(),
  detail: z.record(z.string(), z.unknown()).optional(),
})
export type Line = z.infer<typeof lineSchema>

/** One line as the record that it is. */
export function lineOf(text: string): Line {
  return lineSchema.parse(JSON.parse(text))
}

/** The last whole line of a text, as the record that it is. */
export function lastOf(text: string): Line {
  return lineOf(text.split('\n').at(-2) ?? '')
}

/** The records of a text whose every line is one. */
export function linesOf(text: string): Line[] {
  return text.split('\n').slice(0, -1).map(lineOf)
}
