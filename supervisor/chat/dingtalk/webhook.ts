// HTTP mode: what the listener needs to know of DingTalk's signed POSTs. Nothing in a body is signed, so the organisation is required here.
import type { Secret } from '../../secret.ts'
import type { Webhook } from '../listener.ts'
import type { Accept } from '../message.ts'
import type { Clock, Count, Log } from '../powers.ts'
import type { Robot } from './parse.ts'
import { createReceive } from './receive.ts'
import { verifySignature } from './signature.ts'

export type WebhookOptions = {
  readonly path: string
  readonly ipAllowlist: readonly string[]
  readonly appSecret: Secret
  readonly robot: Robot & { readonly corpId: string }
  readonly accept: Accept
  readonly clock: Clock
  readonly count: Count
  readonly log: Log
}

// `empty` tells DingTalk to say nothing; the reply goes out by itself when there is one.
const ANSWER = '{"msgtype":"empty"}'

/** The listener's webhook for DingTalk. A replayed signature with a message seen before is a duplicate for `accept`. */
export function createWebhook({ path, ipAllowlist, appSecret, clock, ...rest }: WebhookOptions): Webhook {
  const receive = createReceive({ clock, ...rest })
  return {
    path,
    ipAllowlist,
    answer: ANSWER,
    verify: ({ timestamp, sign }) =>
      verifySignature({ timestamp: one(timestamp), sign: one(sign) }, appSecret.reveal(), clock.now()),
    accept: async (body) => {
      const refusal = await receive(body)
      return refusal === null ? null : { status: refusal === 'malformed' ? 400 : 403, reason: refusal }
    },
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
