// Owns GET /connect and the set of open connections; must never let one in without a good ticket.

import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Ack } from './ack.ts'
import { createChannel, type SentFrame } from './channel.ts'
import type { Clock } from './clock.ts'
import { createConnection, type Connection } from './connection.ts'
import { createFeed, type Feed } from './feed.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import type { Admission, Tickets } from './tickets.ts'
import { createUpgrader, type Wire, type WireListener } from './web-socket.ts'

export type Upgrade = (message: IncomingMessage, url: URL, socket: Duplex, head: Buffer) => void

export type Stream = {
  /** Each handshake that succeeded. */
  readonly connections: Feed<Connection>
  /** Each handshake that was turned down, by its status. */
  readonly refusals: Feed<number>
  /** The connections whose socket is open, half-open and draining ones included. */
  readonly open: (clientId?: string) => readonly Connection[]
  /** Every frame the server wrote. */
  readonly frames: Feed<SentFrame>
  /** Everything that clients wrote. */
  readonly acks: Feed<Ack>
}

export type StreamOptions = {
  readonly tickets: Tickets
  readonly clock: Clock
  /** How a bad ticket is answered. Not published; 401 is our guess. */
  readonly refusalStatus: number
}

/** No connections yet; `upgrade` is what the HTTP listener must hand handshakes to. */
export function createStream({ tickets, clock, refusalStatus }: StreamOptions): Stream & { upgrade: Upgrade } {
  const accept = createUpgrader()
  const appIds = new Map<string, string>()
  const open = new Set<Connection>()
  const connections = createFeed<Connection>('connection')
  const refusals = createFeed<number>('refused handshake')
  const frames = createFeed<SentFrame>('frame')
  const acks = createFeed<Ack>('ack')

  function appIdOf(clientId: string): string {
    const appId = appIds.get(clientId) ?? randomUUID()
    appIds.set(clientId, appId)
    return appId
  }

  function greet(admission: Admission, wire: Wire): WireListener {
    const identity = { appId: appIdOf(admission.clientId), connectionId: randomUUID() }
    const owner = { clientId: admission.clientId, connectionId: identity.connectionId }
    const channel = createChannel({ wire, owner, frames, acks })
    const { connection, onClose } = createConnection({ identity, admission, channel, clock, destroy: wire.destroy })
    open.add(connection)
    connections.append(connection)
    return {
      onText: channel.onText,
      onPing: channel.onPing,
      onClose: () => {
        open.delete(connection)
        onClose()
      },
    }
  }

  return {
    connections,
    refusals,
    frames,
    acks,
    open: (clientId) => [...open].filter((one) => clientId === undefined || one.clientId === clientId),
    upgrade: (message, url, socket, head) => {
      const admission = url.pathname === '/connect' ? tickets.redeem(url.searchParams.get('ticket') ?? '') : undefined
      if (admission !== undefined) return accept(message, socket, head, (wire) => greet(admission, wire))
      refusals.append(refusalStatus)
      return refuseUpgrade(socket, refusalStatus)
    },
  }
}
