// Owns the least client that can follow the Stream protocol, for tests of the server itself; must never be clever.

import { z } from 'zod'
import { robotTopic } from './compose-message.ts'
import type { DingTalkServer } from './dingtalk-server.ts'
import { createFeed, type Feed } from './feed.ts'
import type { Frame } from './frames.ts'
import type { Subscription } from './tickets.ts'

export type PlainClient = Disposable & {
  readonly frames: Feed<Frame>
  /** Acks `frame` with code 200; `fields` are laid over the ack. */
  readonly ack: (frame: Frame, fields?: Readonly<Record<string, unknown>>) => void
  readonly write: (text: string) => void
  /** The close code, once closed. */
  readonly closed: Promise<number>
}

const robotOnly = [{ type: 'CALLBACK', topic: robotTopic }]

/** Asks the gateway for a ticket, as the protocol page says. */
export async function requestTicket(
  server: DingTalkServer,
  credentials: { readonly clientId: string; readonly clientSecret: string },
  subscriptions: readonly Subscription[] = robotOnly,
): Promise<Response> {
  return fetch(`${server.url}/v1.0/gateway/connections/open`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ ...credentials, subscriptions, ua: 'plain' }),
  })
}

const admissionSchema = z.object({ endpoint: z.string(), ticket: z.string() })
const frameSchema = z.looseObject({
  specVersion: z.string().exactOptional(),
  type: z.enum(['SYSTEM', 'EVENT', 'CALLBACK']),
  headers: z.object({ messageId: z.string(), topic: z.string() }).catchall(z.string()),
  data: z.string(),
})

/** Opens a connection that is subscribed to `subscriptions`; resolves when the handshake is done. */
export async function connectPlainly(
  server: DingTalkServer,
  credentials: { readonly clientId: string; readonly clientSecret: string },
  subscriptions: readonly Subscription[] = robotOnly,
): Promise<PlainClient> {
  const answer = await requestTicket(server, credentials, subscriptions)
  const { endpoint, ticket } = admissionSchema.parse(await answer.json())
  const socket = new WebSocket(`${endpoint}?ticket=${ticket}`)
  const frames = createFeed<Frame>('frame at the client')
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<number>()
  socket.addEventListener('message', (event) => frames.append(frameSchema.parse(JSON.parse(String(event.data)))))
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('error', () => opened.reject(new Error('the handshake failed')))
  socket.addEventListener('close', (event) => closed.resolve(event.code))
  await opened.promise
  return {
    frames,
    ack: (frame, fields) => {
      const headers = { messageId: frame.headers.messageId, contentType: 'application/json' }
      socket.send(JSON.stringify({ code: 200, headers, message: 'OK', data: '{"response":null}', ...fields }))
    },
    write: (text) => socket.send(text),
    closed: closed.promise,
    [Symbol.dispose]: () => socket.close(),
  }
}
