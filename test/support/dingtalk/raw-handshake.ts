// Owns a WebSocket handshake made by hand, which shows its status and its bytes; must never speak frames itself.

import { request, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** `status` 101 comes with the open socket, any other with one that is about to close. */
export type Handshake = { readonly status: number; readonly socket: Socket }

/** Shakes hands at `url` (http://…/connect) with `ticket`. Rejects when the server hangs up without an answer. */
export function shakeHands(url: string, ticket: string): Promise<Handshake> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const handshake = request(`${url}?ticket=${ticket}`, { headers, agent: false }).end()
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>()
  const settle = (message: IncomingMessage, socket: Socket) => resolve({ status: message.statusCode ?? 0, socket })
  handshake.on('upgrade', settle)
  handshake.on('response', (message) => settle(message.resume(), message.socket))
  handshake.on('error', reject)
  return promise
}
