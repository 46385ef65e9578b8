// Owns the sessions behind sessionWebhook addresses; must never answer for one that has expired.

import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

/** The message a session was made for, and so where a reply goes. */
export type Session = {
  readonly clientId: string
  readonly conversationId: string
  readonly msgId: string
  /** Milliseconds since the epoch. */
  readonly createAt: number
}

export type Sessions = {
  /** Makes a session; returns its 32 hex characters. */
  readonly open: (session: Session) => string
  /** The session, unless unknown or expired. */
  readonly find: (id: string) => Session | undefined
}

// 1.5 h after the message was made.
const validMs = 5_400_000

/** No sessions yet. */
export function createSessions(clock: Clock): Sessions {
  const sessions = new Map<string, Session>()
  return {
    open: (session) => {
      const id = randomBytes(16).toString('hex')
      sessions.set(id, session)
      return id
    },
    find: (id) => {
      const session = sessions.get(id)
      return session !== undefined && clock.now() < session.createAt + validMs ? session : undefined
    },
  }
}
