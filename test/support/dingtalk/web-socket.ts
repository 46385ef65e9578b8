// Owns the WebSocket protocol itself, and is the only file here to import ws; must never know what a frame means.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'

/** What the server can do to one socket. */
export type Wire = {
  readonly send: (text: string) => void
  readonly pong: (payload: Buffer) => void
  /** Drops the TCP connection without a closing handshake; the other side sees 1006. */
  readonly destroy: () => void
}

/** What one socket tells the server. */
export type WireListener = {
  readonly onText: (text: string) => void
  readonly onPing: (payload: Buffer) => void
  readonly onClose: () => void
}

export type AcceptUpgrade = (
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  greet: (wire: Wire) => WireListener,
) => void

/** Completes handshakes. Pings are left to the listener, because a dead link must be able to leave them unanswered. */
export function createUpgrader(): AcceptUpgrade {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, autoPong: false })
  return (message, socket, head, greet) => {
    server.handleUpgrade(message, socket, head, (ws) => {
      const listener = greet({
        send: (text) => ws.send(text),
        pong: (payload) => ws.pong(payload),
        destroy: () => ws.terminate(),
      })
      ws.on('message', (data) => listener.onText(Buffer.isBuffer(data) ? data.toString('utf8') : ''))
      ws.on('ping', listener.onPing)
      ws.on('close', listener.onClose)
      // A broken frame closes the socket, and 'close' tells the rest.
      ws.on('error', () => ws.terminate())
    })
  }
}
