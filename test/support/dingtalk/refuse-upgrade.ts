// Owns the plain HTTP answer to a WebSocket handshake that is turned down; must never accept one.

import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers the handshake on `socket` with `status` and hangs up. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  const reason = STATUS_CODES[status] ?? 'Refused'
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
