// The HTTP server under the listener, with the limits that keep slow or many clients from holding it. Must never know a route.
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

/** PEM. */
export type Tls = { readonly cert: string | Buffer; readonly key: string | Buffer }

const LIMITS = {
  // DingTalk itself gives up after 2.5 s.
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 30_000,
  // How often Node looks for requests that are too slow; its default of 30 s would make the limits above a fiction.
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
}
const IDLE_MS = 60_000
const MOST_CONNECTIONS = 1_000

/** A server that does not listen yet, with TLS 1.2 or newer when `tls` is given. */
export function createHttpServer(tls: Tls | undefined, handler: RequestListener): Server {
  const server =
    tls === undefined
      ? createServer(LIMITS, handler)
      : createTlsServer({ ...LIMITS, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, handler)
  server.setTimeout(IDLE_MS)
  server.maxConnections = MOST_CONNECTIONS
  return server
}
