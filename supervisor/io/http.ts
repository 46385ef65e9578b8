// Outgoing HTTP: name lookups and single exchanges, each on a connection of its own. It never follows a redirect, reads a
// proxy variable, reuses a connection or puts a URL or header into an error.
import { lookup } from 'node:dns/promises'
import { connect as connectTcp, isIP } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { buildConnector, Dispatcher } from 'undici'
import type { HttpPower } from '../capabilities/capability.ts'
import type { Post } from '../chat/dingtalk/post.ts'
import { Coded } from '../errors.ts'
import { connectionProblem } from './connection-problem.ts'

type Exchange = Parameters<HttpPower['exchange']>[0]
type Answer = Awaited<ReturnType<HttpPower['exchange']>>
/** `address` absent: wherever the system resolves the host to. */
type Sending = Omit<Exchange, 'address'> & { address?: string }

/**
 * The powers over HTTP.
 * @param authorities PEM certificates to trust instead of the built-in ones
 */
export function createHttp(authorities?: string): HttpPower & { readonly post: Post } {
  return {
    resolve,
    exchange: (request) => exchange(request, authorities),
    async post(url, json, { timeoutMs, maxBytes, headers = {} }) {
      // `new URL` would throw an error that carries the URL, which is a credential when it is a session webhook.
      const target = URL.parse(url)
      if (target === null || !/^https?:$/.test(target.protocol)) {
        throw new Coded('HTTP_FAILED', { host: '?', problem: 'not an http(s) URL' })
      }
      const answer = await exchange(
        {
          url: target,
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(json),
          maxBytes,
          signal: AbortSignal.timeout(timeoutMs),
        },
        authorities,
      )
      return { status: answer.status, text: new TextDecoder().decode(answer.body) }
    },
  }
}

async function resolve(host: string, signal: AbortSignal): Promise<readonly string[]> {
  if (isIP(host)) return [host]
  // The system's resolver cannot be cancelled, only left behind. IPv4 first: a network without an IPv6 route is common, the
  // opposite is not, and the one address that gets pinned should work.
  const found = lookup(host, { all: true, order: 'ipv4first' })
  try {
    return (await Promise.race([found, aborted(signal)])).map(({ address }) => address)
  } catch (error) {
    throw failure(error, host, signal)
  }
}

async function exchange(request: Sending, authorities: string | undefined): Promise<Answer> {
  const { url, method, headers, body, signal } = request
  // On first use: 25 MB of memory that a supervisor without outside calls need not have (measured).
  const { Client } = await import('undici')
  const client = new Client(url.origin, {
    connect: dialer(request, authorities),
    pipelining: 0,
    headersTimeout: 0, // the signal alone decides
    bodyTimeout: 0,
  })
  try {
    signal.throwIfAborted()
    const answer = await client.request({
      path: url.pathname + url.search,
      method,
      // What is not compressed cannot unpack into more than was counted.
      headers: { ...headers, 'accept-encoding': 'identity' },
      body: body ?? null,
      signal,
    })
    return { status: answer.statusCode, headers: flat(answer.headers), body: await read(answer, request) }
  } catch (error) {
    throw failure(error, url.hostname, signal)
  } finally {
    await client.destroy()
  }
}

// The address goes to the socket as it is; the URL's host stays what the certificate is held against.
function dialer({ url, address, signal }: Sending, authorities: string | undefined): buildConnector.connector {
  return (_options, callback) => {
    const name = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
    const secure = url.protocol === 'https:'
    const host = address ?? name
    const port = Number(url.port || (secure ? 443 : 80))
    const socket = secure
      ? connectTls({
          host,
          port,
          servername: isIP(name) ? '' : name,
          ca: authorities,
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
          rejectUnauthorized: true, // said aloud, because NODE_TLS_REJECT_UNAUTHORIZED changes the default
        })
      : connectTcp({ host, port })
    const failed = (error: Error) => callback(error, null)
    socket.once('error', failed)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      socket.off('error', failed)
      callback(null, socket)
    })
    addAbortSignal(signal, socket)
  }
}

async function read(answer: Dispatcher.ResponseData, { url, maxBytes }: Sending): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxBytes) throw new Coded('HTTP_TOO_LARGE', { host: url.hostname })
    chunks.push(chunk)
  }
  const encoding = answer.headers['content-encoding'] ?? 'identity'
  if (size > 0 && encoding !== 'identity') {
    throw new Coded('HTTP_FAILED', {
      host: url.hostname,
      problem: 'the answer is compressed although that was not accepted',
    })
  }
  return Buffer.concat(chunks)
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))
}

function failure(error: unknown, host: string, signal: AbortSignal): Coded {
  if (error instanceof Coded) return error
  if (signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError')
    return new Coded('HTTP_TIMEOUT', { host })
  return new Coded('HTTP_FAILED', { host, problem: signal.aborted ? 'the run ended' : connectionProblem(error) })
}

async function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  if (signal.aborted) reject(signal.reason)
  return promise
}
