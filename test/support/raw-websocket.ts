// A WebSocket server that knows no protocol, for what a faithful server would never say; must never answer by itself.
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createFeed, type Feed } from './dingtalk/feed.ts'
import { createUpgrader, type Wire } from './dingtalk/web-socket.ts'

export type RawWebSocket = AsyncDisposable & {
  /** ws://127.0.0.1:port/raw */
  readonly url: string
  readonly handshakes: Feed<IncomingMessage>
  readonly wires: Feed<Wire>
  readonly texts: Feed<string>
  readonly pings: Feed<'ping'>
  readonly closes: Feed<'close'>
}

/** Listens on a free port of 127.0.0.1. */
export async function startRawWebSocket(): Promise<RawWebSocket> {
  const accept = createUpgrader()
  const sockets = new Set<Socket>()
  const handshakes = createFeed<IncomingMessage>('handshake')
  const wires = createFeed<Wire>('wire')
  const texts = createFeed<string>('text')
  const pings = createFeed<'ping'>('ping')
  const closes = createFeed<'close'>('close')

  const server = createServer()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket, head) => {
    handshakes.append(request)
    accept(request, socket, head, (wire) => {
      wires.append(wire)
      return { onText: texts.append, onPing: () => pings.append('ping'), onClose: () => closes.append('close') }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')

  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    url: `ws://127.0.0.1:${address.port}/raw`,
    handshakes,
    wires,
    texts,
    pings,
    closes,
    [Symbol.asyncDispose]: close,
  }
}
