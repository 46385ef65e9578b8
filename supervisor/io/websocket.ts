// Owns the outgoing WebSocket, and is the only file that imports ws. Must never connect in the clear beyond this machine.
import { WebSocket, type RawData } from 'ws'
import type { Socket, SocketEvents } from '../chat/dingtalk/socket.ts'
import { isLoopback } from '../chat/loopback.ts'

const OPTIONS = {
  handshakeTimeout: 10_000,
  // Robot messages are a few kilobytes; DingTalk publishes no limit.
  maxPayload: 1024 * 1024,
  // A compressed frame of a few bytes can become megabytes.
  perMessageDeflate: false,
  followRedirects: false,
} as const

/** Starts connecting to `url`: wss, or ws to this machine. Throws on any other, without repeating it. */
export function connectWebSocket(url: string, events: SocketEvents): Socket {
  const parsed = URL.parse(url)
  const safe = parsed?.protocol === 'wss:' || (parsed?.protocol === 'ws:' && isLoopback(parsed.hostname))
  if (!safe) throw new Error('a WebSocket must be wss:, or ws: to this machine')
  const socket = new WebSocket(url, OPTIONS)
  let failure: string | undefined

  socket.on('open', events.open)
  socket.on('message', (data) => events.message(textOf(data)))
  socket.on('ping', events.alive)
  socket.on('pong', events.alive)
  // 'close' always follows.
  socket.on('error', (error) => {
    failure = error.message
  })
  socket.on('close', (code) => events.close(failure ?? `closed with ${code}`))

  const isOpen = () => socket.readyState === WebSocket.OPEN
  return {
    send: (text) => {
      const open = isOpen()
      if (open) socket.send(text)
      return open
    },
    ping: () => {
      if (isOpen()) socket.ping()
    },
    close: () => socket.close(1000),
    terminate: () => socket.terminate(),
  }
}

/** ws hands over one Buffer unless told otherwise. A binary frame becomes text that parses as nothing. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : ''
}
