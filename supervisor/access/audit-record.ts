// What a record of the audit log is and how it becomes one line. It must never write a line that its own reader would refuse.
import { hash } from 'node:crypto'
import { z } from 'zod'
import { escapeControls } from './audit-escape.ts'
import type { Head } from './audit-powers.ts'

// A retired kind stays in the list: old logs are read for years.
export const KINDS = [
  ...(['boot', 'drop', 'proof', 'config', 'policy', 'registry', 'grant', 'host'] as const),
  ...(['turn.received', 'turn.routed', 'turn.refused', 'turn.done', 'command.intent', 'command.outcome'] as const),
  ...(['call.intent', 'call.outcome', 'call.refused'] as const),
  ...(['approval.asked', 'approval.given', 'approval.refused', 'approval.expired'] as const),
  ...(['model.call', 'model.proposal', 'freeze', 'admin', 'job', 'schedule', 'retention', 'checkpoint'] as const),
] as const

/** The longest line, in bytes; the detail of a longer one gives way to its size and hash. */
export const MAX_LINE = 64 * 1024

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
// Ids come from outside and a guest names capabilities: one that is too long is cut, so that nobody escapes the log by length.
const word = z.string().overwrite((text) => clip(text, 256))
const rule = z.string().overwrite((text) => clip(text, 128))

/** What a caller says. `seq`, `time` and `prev` are the log's own to give. */
export const recordSchema = z.strictObject({
  kind: z.enum(KINDS),
  turn: word.optional(),
  person: word.nullable().optional().describe('null: the sender has no staff id'),
  channel: word.optional(),
  conversation: word.optional(),
  plugin: word.optional(),
  version: word.optional(),
  command: word.optional(),
  capability: word.optional(),
  decision: z
    .strictObject({
      effect: z.enum(['allow', 'deny', 'ask']),
      code: word.nullable(),
      rules: z.array(rule).overwrite((list) => list.slice(0, 256)),
    })
    .optional(),
  outcome: z
    .strictObject({
      status: z.enum(['ok', 'error', 'refused', 'timeout', 'killed', 'interrupted']),
      code: word.nullable(),
      ms: z.number(),
    })
    .optional(),
  detail: z.record(z.string(), z.unknown()).optional().describe('facts of this kind, redacted by the caller'),
})
export type AuditRecord = Readonly<z.infer<typeof recordSchema>>

/** A record as it stands in the file. */
export const storedSchema = recordSchema.extend({
  seq: z.int().positive(),
  time: z.iso.datetime({ precision: 3 }),
  prev: sha256,
})
export type StoredRecord = Readonly<z.infer<typeof storedSchema>>

/** A record made ready in the moment it was given, so that nothing that its caller changes later reaches the log. */
export type Prepared = {
  readonly kind: AuditRecord['kind']
  readonly time: string
  /** The other fields as JSON members, without braces; empty when there are none. */
  readonly fields: string
  readonly detail: string | null
  /** Roughly what it will take in memory and in the file, in bytes. */
  readonly size: number
}

/** Checks and freezes a record given at `now` (ms). Throws on one that the schema or JSON cannot hold: a fault of the caller. */
export function prepare(record: AuditRecord, now: number): Prepared {
  const { kind, ...rest } = recordSchema.parse(record)
  const fields = escapeControls(JSON.stringify({ ...rest, detail: undefined })).slice(1, -1)
  const { detail } = record
  const whole = detail === undefined ? null : escapeControls(JSON.stringify(detail))
  const room = MAX_LINE - Buffer.byteLength(fields) - 512 // 512: more than seq, time, kind and prev take
  const kept = whole !== null && Buffer.byteLength(whole) > room ? JSON.stringify(stub(whole)) : whole
  const size = fields.length + (kept?.length ?? 0) + 256
  return { kind, time: new Date(now).toISOString(), fields, detail: kept, size }
}

/** The line that follows `seq` and `prev`, newline included, and the head it makes. `note` is added to its detail. */
export function seal(seq: number, prev: string, prepared: Prepared, note: object | null): { line: Buffer; head: Head } {
  const detail = note === null ? prepared.detail : withNote(prepared.detail, note)
  const members = [
    `{"seq":${seq},"time":"${prepared.time}","kind":"${prepared.kind}","prev":"${prev}"`,
    ...(prepared.fields === '' ? [] : [prepared.fields]),
    ...(detail === null ? [] : [`"detail":${detail}`]),
  ]
  const line = Buffer.from(`${members.join(',')}}\n`)
  return { line, head: { seq, hash: sha256Of(line.subarray(0, -1)) } }
}

/** Lowercase hex. */
export function sha256Of(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex')
}

// The note names torn lines, without which the chain is broken: if there is no room for both, it is the detail that goes.
function withNote(detail: string | null, note: object): string {
  const noted = escapeControls(JSON.stringify(note))
  if (detail === null || detail === '{}') return noted
  const kept = detail.length + noted.length < MAX_LINE / 2 ? detail : JSON.stringify(stub(detail))
  return `${kept.slice(0, -1)},${noted.slice(1)}`
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 74)}… sha256:${sha256Of(text)}`
}

function stub(detail: string): { size: number; sha256: string } {
  return { size: Buffer.byteLength(detail), sha256: sha256Of(detail) }
}
