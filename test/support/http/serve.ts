// A loopback HTTP(S) server for one test, closed with its connections when the test ends.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Server } from 'node:net'
import type { TestContext } from 'node:test'
import type { Certificate } from './certificate.ts'

type Seen = { method: string; url: string; headers: Record<string, string | string[] | undefined>; body: string }
type Served = { readonly port: number; readonly origin: string; readonly seen: readonly Seen[] }
type Options = { certificate?: Certificate; host?: string }

/** Listens on a free port and records what arrives; the listener answers after the request's body has been read. */
export async function serve(test: TestContext, listener: RequestListener, options: Options = {}): Promise<Served> {
  const { certificate, host = '127.0.0.1' } = options
  const seen: Seen[] = []
  const record: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
      listener(request, response)
    })
  }
  const server = certificate ? createSecureServer(certificate, record) : createServer(record)
  const port = await listen(test, server, host)
  test.after(() => server.closeAllConnections())
  const literal = host.includes(':') ? `[${host}]` : host
  return { port, origin: `${certificate ? 'https' : 'http'}://${literal}:${port}`, seen }
}

/** Listens on a free port, which it returns, until the test ends. */
export async function listen(test: TestContext, server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  test.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}
