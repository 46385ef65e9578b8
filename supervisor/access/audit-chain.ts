// The law of the chain, for whoever reads a log: which line may follow which. It only judges; it never reads or mends a file.
import { z } from 'zod'
import { sha256Of } from './audit-record.ts'
import type { Head } from './audit-powers.ts'

/** More lines than one crash can tear (a group is at most 512) that are no records: no longer a torn tail. */
export const MAX_STRAYS = 600

// Of a line the chain needs only this much; what else it says is the record schema's matter, and may be of a newer version.
const envelopeSchema = z.looseObject({
  seq: z.int().positive(),
  time: z.string(),
  kind: z.string(),
  prev: z.string(),
  detail: z.unknown().optional(),
})
type Envelope = z.infer<typeof envelopeSchema>

// `after`: a torn line carries no whole `prev`, so without it nothing would bind the record before it.
const tornSchema = z.looseObject({ torn: z.array(z.string()), after: z.string() })

/** A line that does not go on with the chain. It may stand only if the next record is a boot or checkpoint naming it. */
type Stray = { readonly hash: string; readonly seq: number | null; readonly why: string }

export type Walk = {
  /** Takes the next line without its newline; true when it is the record that was due, false when it is a stray. */
  take(line: Buffer): boolean
  /** The last record that was due and came. */
  head(): Head
  /** The lines since that record, oldest first. */
  strays(): readonly Stray[]
}

/** Follows a log from `start`, whose line is the one before the first line taken. */
export function createWalk(start: Head): Walk {
  let head = start
  let strays: Stray[] = []

  function fault(envelope: Envelope | null): string | null {
    if (envelope === null)
      return 'is no record (torn or overwritten), and no boot or checkpoint right after it names it'
    if (envelope.seq !== head.seq + 1) return `has seq ${envelope.seq} where ${head.seq + 1} was due`
    if (envelope.prev !== (strays.at(-1)?.hash ?? head.hash)) {
      return 'has a prev that is not the SHA-256 of the line before it: one of the two was changed'
    }
    return strays.length === 0 || names(envelope, strays, head)
      ? null
      : 'follows a torn line and does not name it and the record before it'
  }

  return {
    take(line) {
      const envelope = parse(line)
      const hash = sha256Of(line)
      const why = fault(envelope)
      if (why === null) {
        head = { seq: head.seq + 1, hash }
        strays = []
      } else {
        strays.push({ hash, seq: envelope?.seq ?? null, why })
      }
      return why === null
    },
    head: () => head,
    strays: () => strays,
  }
}

/** The seq that a line claims, or null when it is no record at all. */
export function claimedSeq(line: Buffer): number | null {
  return parse(line)?.seq ?? null
}

function parse(line: Buffer): Envelope | null {
  try {
    const parsed = envelopeSchema.safeParse(JSON.parse(line.toString('utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** Whether the record names exactly these lines, and the record that they follow. */
function names(envelope: Envelope, strays: readonly Stray[], head: Head): boolean {
  if (envelope.kind !== 'boot' && envelope.kind !== 'checkpoint') return false
  const detail = tornSchema.safeParse(envelope.detail)
  if (!detail.success) return false
  const { torn, after } = detail.data
  return (
    after === head.hash && torn.length === strays.length && strays.every((stray, index) => stray.hash === torn[index])
  )
}
