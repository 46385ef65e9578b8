// The HTTP door: webhook, health, metrics; the only file that imports fastify. Must never answer 200 for what is not durable.
import type { IncomingHttpHeaders } from 'node:http'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Secret } from '../secret.ts'
import { createBearerCheck } from './bearer.ts'
import { createHttpServer, type Tls } from './http-server.ts'
import { createIpAllowlist } from './ip-allowlist.ts'
import { parseJson } from './parse-json.ts'
import type { Clock, Count, Log } from './powers.ts'

export type Webhook = {
  readonly path: string
  /** Addresses and CIDR ranges; empty lets all pass. */
  readonly ipAllowlist: readonly string[]
  /** What a body that was taken is answered with: JSON. */
  readonly answer: string
  /** What is wrong with the signature, or null; asked before any of the body is read. */
  readonly verify: (headers: IncomingHttpHeaders) => string | null
  /** Null once the body is durable, or was before; or why it is refused. Rejects when it could not be kept. */
  readonly accept: (body: unknown) => Promise<{ readonly status: 400 | 403; readonly reason: string } | null>
}

export type ListenerOptions = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly tls?: Tls | undefined
  readonly webhook?: Webhook | undefined
  /** Addresses and CIDR ranges whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[]
  readonly health: {
    readonly ready: () => { readonly ready: boolean } & Readonly<Record<string, unknown>>
    /** Prometheus text. */
    readonly metrics: () => Promise<string>
  }
  /** Opens readiness and metrics to other machines; without it nothing does. */
  readonly token?: Secret | undefined
  readonly clock: Clock
  /** Called once for each request that is refused, with the reason. */
  readonly count: Count
  readonly log: Log
}

export type Listener = { readonly url: string; readonly close: () => Promise<void> }

// Robot messages are a few kilobytes; agentscope-java#3177 takes as many.
const BODY_BYTES = 64 * 1024
// How long a close waits for requests that are still being answered.
const CLOSE_MS = 5_000

/** Listens. Rejects when the port is taken, a proxy or allowlist entry cannot be read, or the certificate is bad. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { host, port, tls, webhook, trustedProxies, clock, count, log } = options
  const app = fastify({
    serverFactory: (handler) => createHttpServer(tls, handler),
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    bodyLimit: BODY_BYTES,
    forceCloseConnections: 'idle',
    clientErrorHandler: (_, socket) => {
      count('bad-request')
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    },
    // A URL that cannot be decoded.
    frameworkErrors: (_, __, reply) => {
      refuse(reply, 400, 'bad-request')
    },
  })

  function refuse(reply: FastifyReply, status: number, reason: string): FastifyReply {
    count(reason)
    return reply.code(status).send({ error: reason })
  }

  app.removeAllContentTypeParsers()
  // Whatever it calls itself, it is judged by what it holds.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body))
  app.setNotFoundHandler((_, reply) => refuse(reply, 404, 'not-found'))
  app.setErrorHandler((error, _, reply) => {
    const status = statusOf(error)
    if (status === 413) return refuse(reply, 413, 'too-large')
    if (status < 500) return refuse(reply, status, 'bad-request')
    log('error', { error: error instanceof Error ? error.name : typeof error }, 'A request could not be answered')
    return refuse(reply, 500, 'internal')
  })

  if (webhook !== undefined) serveWebhook(app, webhook, refuse, log)
  serveHealth(app, options, refuse)

  const address = await app.listen({ host, port })
  return {
    // Fastify does not look at what kind of server it was given.
    url: tls === undefined ? address : address.replace('http:', 'https:'),
    close: async () => {
      const cancel = clock.setTimeout(() => app.server.closeAllConnections(), CLOSE_MS)
      await app.close()
      cancel()
    },
  }
}

type Refuse = (reply: FastifyReply, status: number, reason: string) => FastifyReply

function serveWebhook(app: FastifyInstance, webhook: Webhook, refuse: Refuse, log: Log): void {
  const isAllowed = createIpAllowlist(webhook.ipAllowlist)

  async function guard(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (!isAllowed(request.ip)) return refuse(reply, 403, 'address')
    const fault = webhook.verify(request.headers)
    return fault === null ? undefined : refuse(reply, 401, `signature-${fault}`)
  }

  app.post(webhook.path, { onRequest: guard }, async ({ body }, reply) => {
    const json = typeof body === 'string' ? parseJson(body) : undefined
    if (json === undefined) return refuse(reply, 400, 'not-json')
    try {
      const refusal = await webhook.accept(json)
      if (refusal !== null) return refuse(reply, refusal.status, refusal.reason)
    } catch (error) {
      log('error', { error: error instanceof Error ? error.name : typeof error }, 'A message could not be stored')
      return refuse(reply, 500, 'not-kept')
    }
    return reply.type('application/json').send(webhook.answer)
  })
}

function serveHealth(app: FastifyInstance, { health, token }: ListenerOptions, refuse: Refuse): void {
  const mayLook = createBearerCheck(token)

  async function guard(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (mayLook(request.headers, request.socket.remoteAddress)) return undefined
    return refuse(reply.header('www-authenticate', 'Bearer'), 401, 'unauthorized')
  }

  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', { onRequest: guard }, async (_, reply) => {
    const state = health.ready()
    return reply.code(state.ready ? 200 : 503).send(state)
  })
  app.get('/metrics', { onRequest: guard }, async (_, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await health.metrics()),
  )
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : 500
}
