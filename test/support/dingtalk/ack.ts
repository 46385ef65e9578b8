// Owns the reading of what a client writes on its WebSocket; must never throw on it.

import { z } from 'zod'
import { parseJson } from './parse-json.ts'

const ackSchema = z.looseObject({
  code: z.number(),
  headers: z.looseObject({ messageId: z.string(), contentType: z.string().optional() }),
  message: z.string().optional(),
  data: z.unknown().optional(),
})
export type AckFrame = z.infer<typeof ackSchema>

/**
 * accepted: a 200 for something pushed on this very socket. refused: another code, status LATER, or a form that the
 * strict mode faults. late: already answered, or given up. unknown: nothing of that id was pushed on this socket.
 */
export type Verdict = 'accepted' | 'refused' | 'late' | 'unknown' | 'malformed'

export type Ack = {
  readonly clientId: string
  readonly connectionId: string
  readonly verdict: Verdict
  /** Absent when the text could not be read as an ack. */
  readonly frame: AckFrame | undefined
  readonly text: string
}

/** The ack in `text`, or undefined. */
export function readAck(text: string): AckFrame | undefined {
  const parsed = ackSchema.safeParse(parseJson(text))
  return parsed.success ? parsed.data : undefined
}

const statusSchema = z.looseObject({ status: z.enum(['SUCCESS', 'LATER']) })

/** An event's status, undefined when the ack names none (the official Python client never does). */
export function statusOf(ack: AckFrame): 'SUCCESS' | 'LATER' | undefined {
  const status = typeof ack.data === 'string' ? statusSchema.safeParse(parseJson(ack.data)) : undefined
  return status?.success ? status.data.status : undefined
}

/** Whether the ack has the form of the protocol page to the letter, which the server does not insist on by itself. */
export function isTextbook(ack: AckFrame, type: 'EVENT' | 'CALLBACK'): boolean {
  if (ack.headers.contentType !== 'application/json' || ack.message === undefined) return false
  if (typeof ack.data !== 'string' || parseJson(ack.data) === undefined) return false
  return type === 'CALLBACK' || statusOf(ack) !== undefined
}
