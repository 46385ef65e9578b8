// Owns the loopback port: reading requests, finding their route, writing answers; must never know DingTalk.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { StrikingFaults } from './faults.ts'
import type { WritableFeed } from './feed.ts'
import { apiError, type Answer, type Request, type Route } from './http-message.ts'
import { matchPath } from './match-path.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import type { Upgrade } from './stream.ts'

export type Exchange = Omit<Request, 'query'> & { readonly outcome: number | 'reset' }

export type ListenerOptions = {
  readonly routes: readonly Route[]
  readonly faults: StrikingFaults
  readonly exchanges: WritableFeed<Exchange>
  readonly upgrade: Upgrade
}

function urlOf(message: IncomingMessage): URL {
  return new URL(message.url ?? '/', 'http://127.0.0.1')
}

function findAnswer(routes: readonly Route[], request: Request): Answer {
  for (const route of routes) {
    const params = route.method === request.method ? matchPath(route.path, request.path) : undefined
    if (params !== undefined) return route.answer(request, params)
  }
  return apiError(404, 'InvalidAction.NotFound', 'Specified api is not found, please check your url and method.')
}

/** Listens on a free port of 127.0.0.1; `close` destroys every socket and resolves when the port is free. */
export async function listen(options: ListenerOptions): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = urlOf(message)
    const body = await buffer(message)
    const request = { method: message.method ?? '', path: pathname, headers: message.headers, body }
    const answer = (given: Answer) => {
      options.exchanges.append({ ...request, outcome: given.status })
      response.writeHead(given.status, { 'content-type': given.contentType }).end(given.body)
    }
    options.faults.strike(pathname, {
      answer,
      proceed: () => answer(findAnswer(options.routes, { ...request, query: searchParams })),
      reset: () => {
        options.exchanges.append({ ...request, outcome: 'reset' })
        message.socket.resetAndDestroy()
      },
    })
  }

  const server = createServer((message, response) => {
    // The caller hung up while sending: nobody is left to answer.
    serve(message, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (message, socket, head) => {
    options.faults.strike(urlOf(message).pathname, {
      answer: (answer) => refuseUpgrade(socket, answer.status),
      proceed: () => options.upgrade(message, urlOf(message), socket, head),
      reset: () => socket.destroy(),
    })
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
