// Stream mode: keeps exactly one live connection to DingTalk for one app, for ever. Must never reconnect in a storm or leave a socket behind.
import type { Secret } from '../../secret.ts'
import type { Accept } from '../message.ts'
import { parseJson } from '../parse-json.ts'
import type { Clock, Count, Log } from '../powers.ts'
import { createBackoff } from './backoff.ts'
import { openGateway, type Opened } from './gateway.ts'
import { openLink, type Link } from './link.ts'
import type { Robot } from './parse.ts'
import type { Post } from './post.ts'
import { createReceive } from './receive.ts'
import type { Connect } from './socket.ts'

export type StreamOptions = {
  readonly robot: Robot
  readonly clientId: string
  readonly clientSecret: Secret
  /** Sent to DingTalk as user agent: `molten/<version>`. */
  readonly userAgent: string
  /** What it resolves for is acknowledged, what it rejects is left to be pushed again. */
  readonly accept: Accept
  readonly post: Post
  readonly connect: Connect
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  readonly count: Count
  readonly log: Log
}

/** idle: waiting to try again. draining: stopping, with acks still owed. */
type StreamState = 'idle' | 'opening' | 'connecting' | 'live' | 'draining' | 'stopped'

export type Stream = {
  /** Takes no more messages, acknowledges what is in hand (bounded), closes every socket. */
  readonly stop: () => Promise<void>
  readonly state: () => StreamState
  /** What a person must mend before the stream can live, or null. */
  readonly attention: () => string | null
}

/**
 * Starts at once and never gives up. At any time there is one of a wait, a request to the gateway, a current link, and
 * beside it only links that drain. Run one per clientId: DingTalk spreads messages over all connections at random.
 */
export function startStream(options: StreamOptions): Stream {
  const { robot, clientId, clientSecret, userAgent, post, clock, count, log } = options
  const receive = createReceive(options)
  const backoff = createBackoff(options.random)
  const links = new Set<Link>()
  let current: Link | undefined
  let state: StreamState = 'idle'
  let attention: string | null = null
  let generation = 0
  let liveSince: number | undefined
  let cancelWait = () => {}
  let stopping = false
  let stopped: Promise<void> | undefined

  async function open(): Promise<void> {
    state = 'opening'
    count('stream.open')
    const opened = await openGateway({ post, apiBase: robot.apiBase, clientId, clientSecret, userAgent })
    if (stopping) return
    if ('url' in opened) dial(opened.url)
    else postpone(opened)
  }

  function postpone({ failure, attention: needed }: Exclude<Opened, { url: string }>): void {
    count('stream.refused')
    if (needed === null) {
      log('warn', { failure }, 'DingTalk does not open a stream')
      return wait(backoff.next())
    }
    if (needed !== attention) log('error', { failure }, needed)
    attention = needed
    wait(backoff.slow())
  }

  function dial(url: string): void {
    state = 'connecting'
    generation += 1
    const mine = generation
    try {
      const link = openLink({
        ...options,
        url,
        generation: mine,
        receive: (data) => receive(parseJson(data)),
        onLive: () => live(mine),
        onDisconnect: () => replace(link),
        onGone: (reason) => lose(link, mine, reason),
      })
      links.add(link)
      current = link
    } catch {
      count('stream.lost')
      log('warn', { generation: mine }, 'The endpoint that DingTalk named may not be connected to')
      wait(backoff.next())
    }
  }

  function live(mine: number): void {
    state = 'live'
    attention = null
    liveSince = clock.now()
    count('stream.live')
    log('info', { generation: mine }, 'The stream is live')
  }

  /** DingTalk says nothing more on a connection that it wants to end, so the next one cannot wait for the end. */
  function replace(link: Link): void {
    link.drain()
    count('stream.replaced')
    retire()
    const ms = backoff.replacement()
    if (ms === 0) void open()
    else wait(ms)
  }

  function lose(link: Link, mine: number, reason: string): void {
    links.delete(link)
    if (link !== current) return count('stream.drained')
    retire()
    if (stopping) return
    count('stream.lost')
    log('warn', { generation: mine, reason }, 'The stream was lost')
    wait(backoff.next())
  }

  function retire(): void {
    current = undefined
    if (liveSince !== undefined) backoff.lived(clock.now() - liveSince)
    liveSince = undefined
  }

  function wait(ms: number): void {
    state = 'idle'
    cancelWait = clock.setTimeout(() => void open(), ms)
  }

  async function halt(): Promise<void> {
    stopping = true
    state = 'draining'
    cancelWait()
    await Promise.all([...links].map((link) => link.finish()))
    state = 'stopped'
    log('info', {}, 'The stream is stopped')
  }

  void open()
  return { stop: () => (stopped ??= halt()), state: () => state, attention: () => attention }
}
