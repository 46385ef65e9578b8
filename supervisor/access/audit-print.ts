// Turns lines of the audit log into text that is safe on a terminal. It must never print a control character or let a value pass for a field.
import { escapeControls } from './audit-escape.ts'
import { sha256Of, storedSchema } from './audit-record.ts'
import type { StoredRecord } from './audit-record.ts'

/** One line: `time #seq kind field=value …`. A value that could be read as anything else is a JSON string. */
export function describeRecord(record: StoredRecord): string {
  const { time, seq, kind, decision, outcome, detail } = record
  const fields: [string, string | undefined][] = [
    ['turn', quoted(record.turn)],
    ['person', quoted(record.person)],
    ['channel', quoted(record.channel)],
    ['conversation', quoted(record.conversation)],
    ['plugin', quoted(record.plugin)],
    ['version', quoted(record.version)],
    ['command', quoted(record.command)],
    ['capability', quoted(record.capability)],
    [
      'decision',
      decision &&
        [decision.effect, decision.code]
          .filter((part) => part !== null)
          .map(quoted)
          .join(':'),
    ],
    ['rules', decision && decision.rules.length > 0 ? decision.rules.map(quoted).join(',') : undefined],
    [
      'outcome',
      outcome &&
        [outcome.status, outcome.code]
          .filter((part) => part !== null)
          .map(quoted)
          .join(':'),
    ],
    ['ms', outcome && String(outcome.ms)],
    ['detail', detail && escapeControls(JSON.stringify(detail))],
  ]
  const shown = fields.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}`)
  return [time, `#${seq}`, kind, ...shown].join(' ')
}

/** A line of the file for a person to read; one that is no record is described, never shown. */
export function describeLine(line: Buffer): string {
  const stored = storedSchema.safeParse(parsed(line))
  if (stored.success) return describeRecord(stored.data)
  return `-- no record: ${line.length} bytes, sha256 ${sha256Of(line)}`
}

/** The same for a program: the record as JSON, or `{"torn":{"bytes","sha256"}}` for a line that is none. */
export function lineAsJson(line: Buffer): string {
  const value = parsed(line)
  const safe = storedSchema.safeParse(value).success ? value : { torn: { bytes: line.length, sha256: sha256Of(line) } }
  return escapeControls(JSON.stringify(safe))
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
}

// Ids as they are; anything with a space, an equals sign, a quote or a letter beyond ASCII is quoted.
const BARE = /^[\w.:@/+-]+$/

function quoted(value: string): string
function quoted(value: string | null | undefined): string | undefined
function quoted(value: string | null | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value === null) return '-'
  return BARE.test(value) ? value : escapeControls(JSON.stringify(value))
}
