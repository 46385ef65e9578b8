// Between the channels and the turns: a message is durable before it is acknowledged, a reply is durable before it is sent, and what a
// crash interrupted is taken up again. It decides nothing about what a message may do.
import { randomBytes } from 'node:crypto'
import type { Audit } from './access/audit.ts'
import type { Accept, Channel, Message, Reply } from './chat/message.ts'
import type { Log } from './chat/powers.ts'
import { Coded } from './errors.ts'
import type { Owed, Store, Waiting } from './store.ts'
import type { TurnEnd } from './turn.ts'

export type Intake = {
  /** Resolves once the message is durable; `ended` once its reply was sent or has failed for now, and is null for a duplicate. */
  submit(message: Message): Promise<{ turn: string; ended: Promise<TurnEnd> | null }>
  readonly accept: Accept
  /** Takes up what an earlier process left: answers what waited, delivers what is owed. Before any door opens, or it takes new messages for old. */
  resume(): void
  /** Says something into the conversation of a turn that is running. */
  say(turn: string, reply: Reply): Promise<void>
  active(): number
  /** Replies on their way or waiting to be tried again. */
  owing(): number
  /** Takes no more messages, waits up to `ms` for running turns, then leaves the rest for the next start. */
  stop(ms: number): Promise<void>
}

export type IntakePowers = {
  store: Store
  audit: Audit
  channels: readonly Channel[]
  take(turn: string, message: Message, begun: Waiting['begun']): Promise<TurnEnd>
  log: Log
  later(run: () => void, ms: number): void
}

/** Turns at one time: enough to keep every plugin busy, few enough to bound memory. The rest wait in the inbox. */
const TURNS = 512
/** Delivery is tried again after 1 s, 2 s, 4 s … at most 5 minutes apart, half an hour in all. */
const TRIES = 12
const backoff = (tries: number): number => Math.min(300_000, 1_000 * 2 ** tries)

export function createIntake(powers: IntakePowers): Intake {
  const { store, channels, take, log, later } = powers
  const running = new Map<string, Message>()
  const queue: (() => void)[] = []
  // One chain per conversation, so that replies arrive in the order in which they were owed.
  const lanes = new Map<string, Promise<void>>()
  let owing = 0
  let stopping = false
  let abandoned = false
  let closed = false
  let idle: (() => void) | null = null

  async function work({ turn, message, begun }: Waiting): Promise<TurnEnd> {
    if (running.size >= TURNS) await new Promise<void>((go) => queue.push(go))
    running.set(turn, message)
    let end: TurnEnd
    let posted: Promise<void> | null = null
    try {
      end = await take(turn, message, begun)
      // Stopped meanwhile: the message stays in the inbox, and the next process says what became of it.
      if (!abandoned) {
        const owed = await store.finish(turn, end.reply)
        if (owed !== null) posted = owe({ id: owed, turn, message, reply: end.reply, tries: 0 })
      }
    } finally {
      running.delete(turn)
      queue.shift()?.()
      if (running.size === 0) idle?.()
    }
    await posted
    return end
  }

  function owe(owed: Owed): Promise<void> {
    owing += 1
    return post(owed)
  }

  function post(owed: Owed): Promise<void> {
    const lane = owed.message.conversation
    const posted = (lanes.get(lane) ?? Promise.resolve()).then(() => deliver(owed))
    lanes.set(lane, posted)
    void posted.then(() => {
      if (lanes.get(lane) === posted) lanes.delete(lane)
    })
    return posted
  }

  async function deliver(owed: Owed): Promise<void> {
    // Left for the next start.
    if (closed) return
    const { id, turn, message, reply } = owed
    try {
      await send(message, reply)
      forgive(owed)
    } catch (error) {
      const tries = owed.tries + 1
      log('warn', { turn, tries, error: String(error) }, 'a reply could not be delivered')
      if (tries >= TRIES || (error instanceof Coded && error.detail['final'] === 1)) {
        const outcome = { status: 'error', code: 'CHAT_FAILED', ms: 0 } as const
        powers.audit.append({ kind: 'turn.done', turn, outcome, detail: { undelivered: tries } })
        return forgive(owed)
      }
      quietly(store.undelivered(id))
      later(() => void post({ ...owed, tries }), backoff(owed.tries))
    }
  }

  /** Not waited for: the next reply of the conversation need not wait for the disk. */
  function forgive({ id, turn }: Owed): void {
    owing -= 1
    quietly(store.delivered(id, turn))
  }

  async function send(message: Message, reply: Reply): Promise<void> {
    const channel = channels.find(({ name }) => name === message.channel)
    if (!channel) throw new Coded('CHAT_FAILED')
    await channel.send(message.address, reply)
  }

  const quietly = (what: Promise<unknown>): void => {
    what.catch((error: unknown) => log('error', { error: String(error) }, 'a turn could not be kept'))
  }

  async function submit(message: Message): Promise<{ turn: string; ended: Promise<TurnEnd> | null }> {
    if (stopping) throw new Coded('SHUTTING_DOWN')
    const turn = newTurn()
    if ((await store.accept(turn, message)) === 'duplicate') return { turn, ended: null }
    const ended = work({ turn, message, begun: null })
    quietly(ended)
    return { turn, ended }
  }

  return {
    submit,
    accept: async (message) => ((await submit(message)).ended ? 'new' : 'duplicate'),
    resume() {
      for (const owed of store.owed()) quietly(owe(owed))
      for (const waiting of store.waiting()) quietly(work(waiting))
    },
    async say(turn, reply) {
      const message = running.get(turn)
      if (!message) throw new Coded('CHAT_FAILED')
      await send(message, reply)
    },
    active: () => running.size,
    owing: () => owing,
    async stop(ms) {
      stopping = true
      if (running.size > 0) {
        await new Promise<void>((done) => {
          idle = done
          later(done, ms)
        })
      }
      abandoned = running.size > 0
      await Promise.race([Promise.all(lanes.values()), new Promise<void>((done) => later(done, ms))])
      closed = true
    },
  }
}

/** 60 random bits in the alphabet of RFC 4648 base32: short enough to read out, too many to guess. */
function newTurn(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return Array.from(randomBytes(12), (byte) => alphabet[byte & 31]).join('')
}
