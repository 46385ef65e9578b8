// The terminal channel: people at the server's own prompt or command line. A session lasts as long as somebody looks at it; a reply
// whose session is gone has nowhere to be shown and counts as delivered.
import { randomUUID } from 'node:crypto'
import { escapeControls } from '../access/audit-escape.ts'
import type { Channel, Message, Reply } from './message.ts'

export type Terminal = {
  readonly channel: Channel
  /** Opens a session; replies to its messages are shown by `show` until it is closed. */
  open(user: string, show: (reply: Reply) => void): Session
}
export type Session = {
  /** The message that the person typed. `as`: whom they speak for, which policy must allow. */
  message(text: string, as?: string): Message
  close(): void
}

export function createTerminal(now: () => number): Terminal {
  const sessions = new Map<string, (reply: Reply) => void>()
  return {
    channel: {
      name: 'terminal',
      async send(address, reply) {
        if (address.channel === 'terminal') sessions.get(address.session)?.(reply)
      },
    },
    open(user, show) {
      const session = randomUUID()
      sessions.set(session, show)
      return {
        message: (text, as) => ({
          key: `terminal:${randomUUID()}`,
          channel: 'terminal',
          person: as ?? `terminal:${user}`,
          ...(as !== undefined && { impersonator: `terminal:${user}` }),
          conversation: `terminal:${user}`,
          kind: 'single',
          text: text.trim(),
          type: 'text',
          sent: now(),
          address: { channel: 'terminal', session },
        }),
        close: () => void sessions.delete(session),
      }
    },
  }
}

/** A reply as plain text that no terminal takes for commands. */
export function plain(reply: Reply): string {
  return printable('text' in reply ? reply.text : reply.markdown)
}

/** Keeps lines and tabs; every other control and format character becomes its escape. */
export function printable(text: string): string {
  return text.replace(/[^\n\t]+/g, escapeControls)
}
