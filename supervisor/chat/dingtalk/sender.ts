// The way back: replies by a message's own webhook, else by the OpenAPI. Must never say a reply arrived when DingTalk did not.
import { z } from 'zod'
import { Coded } from '../../errors.ts'
import type { Address, Channel } from '../message.ts'
import type { Clock, Count, Log } from '../powers.ts'
import { DELIVERED, type Delivery } from './delivery.ts'
import { createOpenApi } from './open-api.ts'
import type { Post } from './post.ts'
import { renderReply, type Piece } from './render.ts'
import { sendBySession } from './session-webhook.ts'
import type { Tokens } from './tokens.ts'

export type SenderOptions = {
  readonly post: Post
  readonly apiBase: string
  readonly tokens: Tokens
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  readonly count: Count
  readonly log: Log
}

type DingTalkAddress = Extract<Address, { channel: 'dingtalk' }>

// HTTP 200 with a person in a list means that this person got nothing.
const sentSchema = z.object({
  processQueryKey: z.string().min(1),
  invalidStaffIdList: z.array(z.unknown()).nullish(),
  flowControlledStaffIdList: z.array(z.unknown()).nullish(),
})

/**
 * The channel `dingtalk`. A long reply goes as several messages, in order; when one fails, those before it have arrived.
 * An attempt that may have arrived is repeated once and no more: a reply seen twice is a smaller harm than none.
 */
export function createSender(options: SenderOptions): Channel {
  const { post, clock, count, log } = options
  const openApi = createOpenApi(options)
  // How many pieces of a reply have arrived, so that whoever tries the same reply again goes on behind them.
  const arrived = new WeakMap<object, number>()

  async function send(address: Address, reply: Parameters<Channel['send']>[1]): Promise<void> {
    if (address.channel !== 'dingtalk') throw new Coded('CHAT_FAILED', { problem: 'not an address of DingTalk' })
    const pieces = renderReply(reply)
    for (let next = arrived.get(reply) ?? 0; next < pieces.length; next++) {
      const piece = pieces[next]
      if (piece) await deliver(address, piece)
      arrived.set(reply, next + 1)
    }
  }

  async function deliver(address: DingTalkAddress, piece: Piece): Promise<void> {
    const byWebhook = await tryWebhook(address, piece)
    if (byWebhook?.is === 'delivered') return count('send.webhook')
    const byApi = await tryOpenApi(address, piece, byWebhook?.is !== 'unknown')
    if (byApi.is === 'delivered') return count('send.api')
    count('send.failed')
    // Nobody to send to, now or later.
    const final = targetOf(address) === null && byWebhook?.is !== 'unknown' ? { final: 1 } : {}
    throw new Coded('CHAT_FAILED', { problem: byApi.problem, ...final })
  }

  /** Null when the message brought no webhook, or one that has ended. */
  async function tryWebhook(address: DingTalkAddress, piece: Piece): Promise<Delivery | null> {
    const { webhook, webhookExpires = Infinity } = address
    if (webhook === undefined || clock.now() >= webhookExpires) return null
    const delivery = await sendBySession(post, webhook, piece.webhook)
    if (delivery.is !== 'delivered') {
      count('send.webhook-failed')
      log('warn', { problem: delivery.problem }, 'A session webhook did not take a reply; trying the OpenAPI')
    }
    return delivery
  }

  async function tryOpenApi(address: DingTalkAddress, piece: Piece, repeat: boolean): Promise<Delivery> {
    const target = targetOf(address)
    if (target === null) return { is: 'refused', problem: 'no staff id' }
    const answer = await openApi.call(target.path, { ...target.fields, ...piece.openApi }, repeat)
    return answer.is === 'done' ? readSent(answer.body) : answer
  }

  return { name: 'dingtalk', send }
}

/** Null for a single chat with somebody from outside: its conversation id means nothing to the OpenAPI. */
function targetOf({ kind, robotCode, conversation, staffId }: DingTalkAddress) {
  if (kind === 'group') {
    return { path: '/v1.0/robot/groupMessages/send', fields: { robotCode, openConversationId: conversation } }
  }
  if (staffId === undefined) return null
  return { path: '/v1.0/robot/oToMessages/batchSend', fields: { robotCode, userIds: [staffId] } }
}

function readSent(body: unknown): Delivery {
  const sent = sentSchema.safeParse(body)
  // The page and the JSON that a banned address gets are also a 200.
  if (!sent.success) return { is: 'refused', problem: 'unreadable answer' }
  if (sent.data.invalidStaffIdList?.length) return { is: 'refused', problem: 'invalid staff id' }
  if (sent.data.flowControlledStaffIdList?.length) return { is: 'refused', problem: 'flow-controlled' }
  return DELIVERED
}
