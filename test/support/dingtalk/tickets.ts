// Owns the tickets that let one WebSocket in; must never honour one twice.

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from './clock.ts'

export const subscriptionSchema = z.object({ type: z.string(), topic: z.string() })
export type Subscription = z.infer<typeof subscriptionSchema>

/** What a ticket stands for: the app that asked, and what it wants to be sent. */
export type Admission = { readonly clientId: string; readonly subscriptions: readonly Subscription[] }

export type Tickets = {
  readonly issue: (admission: Admission) => string
  /** The admission, once; undefined for an unknown, used or expired ticket. */
  readonly redeem: (ticket: string) => Admission | undefined
}

// Official protocol page: valid 90 s, one connection only.
const validMs = 90_000

/** An empty book of tickets. */
export function createTickets(clock: Clock): Tickets {
  const open = new Map<string, { readonly admission: Admission; readonly expiresAt: number }>()
  return {
    issue: (admission) => {
      const ticket = randomUUID()
      open.set(ticket, { admission, expiresAt: clock.now() + validMs })
      return ticket
    },
    redeem: (ticket) => {
      const entry = open.get(ticket)
      open.delete(ticket)
      return entry !== undefined && clock.now() < entry.expiresAt ? entry.admission : undefined
    },
  }
}
