// A web server for plugins to read from: answers what the test says, and lets the test hold an answer back.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Web = AsyncDisposable & {
  readonly port: number
  readonly url: string
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers'] }[]
  /** Resolves when the next request that nobody waited for has arrived, with the means to answer it. */
  next(): Promise<{ answer(status: number, body: string): void }>
}

/** Without a `respond` that answers, requests are held until the test answers them. */
export async function startWeb(respond?: (request: IncomingMessage, response: ServerResponse) => void): Promise<Web> {
  const held: ServerResponse[] = []
  const waiting: ((response: ServerResponse) => void)[] = []
  const requests: Web['requests'] = []
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    if (respond) return respond(request, response)
    const waiter = waiting.shift()
    if (waiter) waiter(response)
    else held.push(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    async next() {
      const response = held.shift() ?? (await new Promise<ServerResponse>((resolve) => waiting.push(resolve)))
      return { answer: (status, body) => void response.writeHead(status).end(body) }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A plugin that fetches, with one command of each effect. Needs a grant: `molten plugin grant fetcher --yes`. */
export function fetcher(port: number): Record<string, string> {
  return {
    'plugins/fetcher/plugin.yaml': `apiVersion: molten/v1
name: fetcher
version: 1.0.0
description: fetches
main: main.ts
limits: {wall: 60s}
capabilities:
  http.fetch: [{hosts: ["127.0.0.1:${port}"], methods: [GET, POST], effect: read}]
commands:
  read: {description: reads, effect: read}
  change: {description: changes, effect: write}
`,
    'plugins/fetcher/main.ts': `import { Plugin, http } from 'molten'
export default class extends Plugin {
  async read() { return (await http.fetch('http://127.0.0.1:${port}/read')).body }
  async change() { return (await http.fetch('http://127.0.0.1:${port}/change', { method: 'POST' })).body }
}
`,
  }
}
