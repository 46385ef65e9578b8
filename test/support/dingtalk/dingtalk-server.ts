// Owns the face that the test server shows to tests; must never hold code.

import type { AppInput } from './apps.ts'
import type { CallbackDriver } from './callback-driver.ts'
import type { Clock } from './clock.ts'
import type { ComposedMessage, MessageInput } from './compose-message.ts'
import type { EventInput } from './compose-event.ts'
import type { Faults } from './faults.ts'
import type { Feed } from './feed.ts'
import type { GatewayOpen } from './gateway-route.ts'
import type { Exchange } from './http-listener.ts'
import type { Delivery, Push } from './push-queue.ts'
import type { RobotRedelivery } from './redelivery.ts'
import type { RobotOutbox } from './robot-outbox.ts'
import type { Stream } from './stream.ts'
import type { Tokens } from './tokens.ts'
import type { Reply } from './webhook-route.ts'

export type DingTalkOptions = {
  readonly apps: readonly AppInput[]
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** Default: newMessageId, once. */
  readonly robotRedelivery?: RobotRedelivery
  /** Default 60 000, what the field reports. */
  readonly robotRedeliverMs?: number
  /** Refuses acks that are not to the letter of the protocol page. Default false. */
  readonly strictAcks?: boolean
  /** How the WebSocket answers a bad ticket. Default 401. */
  readonly ticketRefusalStatus?: number
  /** From 0 up to 1; chooses among live connections. Default Math.random. */
  readonly random?: () => number
}

export type DingTalkServer = AsyncDisposable & {
  /** http://127.0.0.1:port, for both the new and the old API. */
  readonly url: string
  /** ws://127.0.0.1:port/connect */
  readonly endpoint: string

  /** Every HTTP request that was answered or reset, handshakes apart. */
  readonly exchanges: Feed<Exchange>
  /** Every connections/open, refused ones included. */
  readonly opens: Feed<GatewayOpen>
  /** Connections, frames sent, acks received, sockets open. */
  readonly stream: Stream
  /** What reached conversations by sessionWebhook or as the answer to a callback. */
  readonly replies: Feed<Reply>
  /** What robots sent by the OpenAPI. */
  readonly robot: Omit<RobotOutbox, 'isInGroup'>
  readonly tokens: Pick<Tokens, 'revoke' | 'grants'>
  readonly faults: Faults
  /** The HTTP mode. */
  readonly callbacks: CallbackDriver

  /** Makes connections/open answer 400 for the app, or again 200. */
  readonly setPublished: (clientId: string, published: boolean) => void
  /** A robot message that is not yet delivered. */
  readonly compose: (input: MessageInput) => ComposedMessage
  /** Pushes a composed message over Stream. */
  readonly deliver: (message: ComposedMessage) => Delivery
  /** Composes and delivers. */
  readonly say: (input: MessageInput) => Delivery
  /** Pushes an event. */
  readonly emit: (input: EventInput) => Delivery
  /** Pushes anything, under rules of its own. */
  readonly push: (push: Push) => Delivery

  /** Drops every socket and every timer. */
  readonly close: () => Promise<void>
}
