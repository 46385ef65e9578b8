// Owns one client's connection: who it is, whether it may be pushed to, and the SYSTEM frames; must never pick a message.

import type { AckFrame, Verdict } from './ack.ts'
import type { Channel, Judge } from './channel.ts'
import type { Clock } from './clock.ts'
import type { Feed } from './feed.ts'
import { disconnectFrame, noticeFrame, pingFrame, type Frame, type Identity } from './frames.ts'
import type { Admission } from './tickets.ts'

/** live: pushed to. draining: told to go, sent nothing more, its acks still count. closed: gone. */
export type ConnectionState = 'live' | 'draining' | 'closed'

export type Connection = Identity &
  Admission & {
    readonly state: () => ConnectionState
    readonly subscribes: (type: string, topic: string) => boolean
    readonly push: (frame: Frame, judge: Judge) => void
    /** Sends SYSTEM ping; its ack is accepted when it returns the same data. Returns the messageId. */
    readonly ping: (opaque?: string) => string
    /** Sends SYSTEM disconnect, then nothing, then drops the TCP connection after 10 s. */
    readonly disconnect: (reason?: string) => void
    readonly notify: (topic: 'REGISTERED' | 'KEEPALIVE') => void
    /** Drops the TCP connection at once. */
    readonly kill: () => void
    /** Nothing passes any more, pongs included, but the socket stays open and the server keeps choosing it. */
    readonly goHalfOpen: () => void
    readonly swallowed: Feed<'frame' | 'ping'>
    readonly closed: Promise<void>
  }

// Protocol page: the server drops the TCP connection after 10 s of silence.
const silenceMs = 10_000

export type ConnectionOptions = {
  readonly identity: Identity
  readonly admission: Admission
  readonly channel: Channel
  readonly clock: Clock
  readonly destroy: () => void
}

/** The connection, and the function that its socket's end must call. */
export function createConnection(options: ConnectionOptions): { connection: Connection; onClose: () => void } {
  const { identity, admission, channel, clock, destroy } = options
  const closed = Promise.withResolvers<void>()
  let state: ConnectionState = 'live'

  const anything = (): Verdict => 'accepted'
  const sameData = (frame: Frame) => (ack: AckFrame) =>
    ack.code === 200 && ack.data === frame.data ? 'accepted' : 'refused'

  const connection: Connection = {
    ...identity,
    ...admission,
    state: () => state,
    subscribes: (type, topic) =>
      admission.subscriptions.some(
        (one) => one.type === type && (one.topic === topic || (type === 'EVENT' && one.topic === '*')),
      ),
    push: channel.send,
    ping: (opaque = '123-dsfs') => {
      const frame = pingFrame(opaque, clock.now())
      channel.send(frame, sameData(frame))
      return frame.headers.messageId
    },
    disconnect: (reason = 'persistent connection is timeout') => {
      if (state !== 'live') return
      state = 'draining'
      channel.send(disconnectFrame(reason, clock.now()), anything)
      clock.setTimeout(destroy, silenceMs)
    },
    notify: (topic) => channel.send(noticeFrame(topic, identity, clock.now()), anything),
    kill: destroy,
    goHalfOpen: channel.goDead,
    swallowed: channel.swallowed,
    closed: closed.promise,
  }
  return {
    connection,
    onClose: () => {
      state = 'closed'
      closed.resolve()
    },
  }
}
