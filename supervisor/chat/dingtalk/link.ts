// One connection of stream mode from handshake to end: its frames, its acks, its pulse. Must never open another.
import type { Clock, Count, Log } from '../powers.ts'
import { acknowledge, parseFrame, ROBOT_TOPIC, type Frame } from './frame.ts'
import { createPulse } from './pulse.ts'
import type { Connect } from './socket.ts'

export type LinkOptions = {
  /** With its ticket, so never logged. */
  readonly url: string
  /** Tells the links of one stream apart in the log. */
  readonly generation: number
  readonly connect: Connect
  readonly clock: Clock
  readonly count: Count
  readonly log: Log
  /** Resolves once a robot message is durable, or known to be none of ours; rejects when it could not be kept. */
  readonly receive: (data: string) => Promise<unknown>
  readonly onLive: () => void
  /** DingTalk will push nothing more here and wants to be rid of us. */
  readonly onDisconnect: () => void
  /** Exactly once, last. */
  readonly onGone: (reason: string) => void
}

export type Link = {
  /** Lets the link live on only to send the acks it owes, and no longer than DingTalk lets it. */
  readonly drain: () => void
  /** Takes nothing new, waits (bounded) for what is in hand to be acknowledged, closes. Resolves when closed. */
  readonly finish: () => Promise<void>
}

// Protocol page: after `disconnect` and 10 s of silence DingTalk drops the TCP connection.
const DRAIN_MS = 10_000
// How long a stop waits for the store, then for the goodbye; together far inside systemd's 90 s.
const FINISH_MS = 5_000
const GOODBYE_MS = 2_000
// A store that hangs must not fill the memory with promises; what is turned away is pushed again.
const MOST_IN_HAND = 256

/** Connects. Throws only when `connect` does. */
export function openLink(options: LinkOptions): Link {
  const { clock, count, log, generation } = options
  const inHand = new Set<Promise<void>>()
  const closed = Promise.withResolvers<void>()
  let state: 'connecting' | 'live' | 'draining' | 'finishing' = 'connecting'
  let cause: string | undefined
  let cancelEnd = () => {}

  const pulse = createPulse(clock, () => socket.ping(), end)
  const socket = options.connect(options.url, {
    open: () => {
      if (state !== 'connecting') return
      state = 'live'
      pulse.start()
      options.onLive()
    },
    message: (text) => {
      pulse.heard()
      if (state !== 'finishing') take(text)
    },
    alive: pulse.heard,
    close: (reason) => {
      pulse.stop()
      cancelEnd()
      closed.resolve()
      options.onGone(cause ?? reason)
    },
  })

  function end(reason: string): void {
    cause = reason
    socket.terminate()
  }

  function take(text: string): void {
    const frame = parseFrame(text)
    if (frame === null) return count('frame.malformed')
    if (frame.type === 'SYSTEM') return obey(frame)
    const { messageId, topic } = frame.headers
    if (messageId === undefined) return count('frame.malformed')
    if (frame.type !== 'CALLBACK' || topic !== ROBOT_TOPIC) {
      count('frame.unknown')
      return answer(messageId, 404)
    }
    const work = keep(messageId, frame.data).finally(() => inHand.delete(work))
    inHand.add(work)
  }

  function obey({ headers: { topic, messageId }, data }: Frame): void {
    if (topic === 'ping' && messageId !== undefined) answer(messageId, 200, data)
    else if (topic === 'disconnect' && state === 'live') options.onDisconnect()
    // REGISTERED, KEEPALIVE and whatever else comes are signs of life and nothing more.
  }

  async function keep(messageId: string, data: string): Promise<void> {
    if (inHand.size >= MOST_IN_HAND) {
      count('frame.overload')
      return answer(messageId, 500)
    }
    try {
      await options.receive(data)
    } catch (error) {
      count('message.unkept')
      log(
        'error',
        { generation, messageId, error: nameOf(error) },
        'A message could not be stored; DingTalk may push it again',
      )
      return answer(messageId, 500)
    }
    answer(messageId, 200)
  }

  function answer(messageId: string, code: 200 | 404 | 500, data?: string): void {
    if (!socket.send(acknowledge(messageId, code, data))) count('ack.lost')
  }

  function drain(): void {
    state = 'draining'
    pulse.stop()
    cancelEnd = clock.setTimeout(() => end('drained'), DRAIN_MS)
  }

  async function finish(): Promise<void> {
    state = 'finishing'
    pulse.stop()
    cancelEnd()
    const patience = Promise.withResolvers<void>()
    cancelEnd = clock.setTimeout(patience.resolve, FINISH_MS)
    await Promise.race([Promise.all(inHand), patience.promise, closed.promise])
    cancelEnd()
    socket.close()
    cancelEnd = clock.setTimeout(() => end('stopped'), GOODBYE_MS)
    await closed.promise
    cancelEnd()
  }

  return { drain, finish }
}

/** An error's message can quote what was being stored; its name cannot. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
