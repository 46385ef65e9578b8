// Owns the way of one message to one connection, and its repetitions; must never push what is not subscribed.

import { isTextbook, statusOf, type AckFrame, type Verdict } from './ack.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import { createMessageId, pushFrame } from './frames.ts'
import type { RedeliveryPolicy } from './redelivery.ts'

export type Push = {
  readonly clientId: string
  readonly type: 'EVENT' | 'CALLBACK'
  readonly topic: string
  readonly data: string
  /** Headers beyond the usual ones, as events have. */
  readonly extra?: Readonly<Record<string, string>>
  readonly policy: RedeliveryPolicy
}

export type Attempt = { readonly messageId: string; readonly connectionId: string; readonly at: number }

/** undeliverable: nobody was there to push to. unacked: every attempt came to nothing. */
export type DeliveryState = 'pending' | 'acked' | 'unacked' | 'undeliverable'

export type Delivery = {
  readonly state: () => DeliveryState
  readonly attempts: () => readonly Attempt[]
  /** Resolves with the final state; without a redelivery that may be never. */
  readonly settled: Promise<DeliveryState>
}

export type PushQueueOptions = {
  readonly clock: Clock
  readonly open: (clientId: string) => readonly Connection[]
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number
  readonly strictAcks: boolean
}

/** A function that pushes to one live, subscribed connection of the client, chosen at random for each attempt. */
export function createPushQueue(options: PushQueueOptions): (push: Push) => Delivery {
  return (push) => startDelivery(push, options)
}

function startDelivery(push: Push, { clock, open, random, strictAcks }: PushQueueOptions): Delivery {
  const { policy } = push
  const attempts: Attempt[] = []
  const settled = Promise.withResolvers<DeliveryState>()
  let state: DeliveryState = 'pending'

  function settle(final: DeliveryState): void {
    state = final
    settled.resolve(final)
  }

  function verdictOn(ack: AckFrame): Verdict {
    if (ack.code !== 200 || (push.type === 'EVENT' && statusOf(ack) === 'LATER')) return 'refused'
    return strictAcks && !isTextbook(ack, push.type) ? 'refused' : 'accepted'
  }

  function fail(number: number, final: DeliveryState): void {
    const pause = policy.retryAfterMs[number]
    if (pause === undefined) settle(final)
    else if (pause === 0) attempt(number + 1)
    else clock.setTimeout(() => attempt(number + 1), pause)
  }

  function attempt(number: number): void {
    const candidates = open(push.clientId).filter(
      (one) => one.state() === 'live' && one.subscribes(push.type, push.topic),
    )
    const connection = candidates[Math.floor(random() * candidates.length)]
    if (connection === undefined) return policy.failsFast ? fail(number, 'undeliverable') : settle('undeliverable')

    let over = false
    const expire = () => {
      over = true
      fail(number, 'unacked')
    }
    const cancel = Number.isFinite(policy.ackWithinMs) ? clock.setTimeout(expire, policy.ackWithinMs) : () => {}
    const judge = (ack: AckFrame): Verdict => {
      if (over) return 'late'
      const verdict = verdictOn(ack)
      if (verdict === 'refused' && !policy.failsFast) return verdict
      cancel()
      over = true
      if (verdict === 'accepted') settle('acked')
      else fail(number, 'unacked')
      return verdict
    }

    const first = attempts[0]?.messageId
    const messageId = policy.reuseMessageId && first !== undefined ? first : createMessageId(clock.now())
    attempts.push({ messageId, connectionId: connection.connectionId, at: clock.now() })
    const content = { data: push.data, messageId, extra: push.extra ?? {} }
    connection.push(pushFrame(push, content, connection, clock.now()), judge)
  }

  attempt(0)
  return { state: () => state, attempts: () => attempts, settled: settled.promise }
}
