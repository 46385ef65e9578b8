// Owns how a person's words become the robot message of the callback documents; must never deliver it.

import { createHash, randomBytes } from 'node:crypto'
import type { App } from './apps.ts'
import type { Clock } from './clock.ts'
import { textBody, type MessageBody } from './message-fixtures.ts'
import type { Sessions } from './sessions.ts'

export type MessageInput = {
  /** Default: the first app. */
  readonly clientId?: string
  /** Short for a text body. In a group the separator after the "@bot" stays in front, as in life. */
  readonly text?: string
  /** Default: the text fixture. */
  readonly body?: MessageBody
  /** Default: a 1:1 conversation of the sender with the bot. */
  readonly group?: { readonly id?: string; readonly title?: string }
  readonly sender?: { readonly staffId?: string; readonly nick?: string }
  readonly msgId?: string
  /** Laid over the finished message; a field given as undefined is left out. */
  readonly fields?: Readonly<Record<string, unknown>>
}

export type ComposedMessage = {
  readonly clientId: string
  readonly msgId: string
  readonly conversationId: string
  readonly sessionWebhook: string
  readonly data: Readonly<Record<string, unknown>>
}

export type ComposeOptions = {
  readonly app: App
  readonly sessions: Sessions
  readonly clock: Clock
  readonly url: string
}

/** Where robot messages are pushed. */
export const robotTopic = '/v1.0/im/bot/messages/get'

const neverInGroups: readonly string[] = ['audio', 'file', 'video']
const digest = (text: string) => createHash('sha256').update(text).digest('base64')
const encrypted = (id: string) => `$:LWCP_v1:$${digest(id).slice(0, 32)}`

function chatOf(app: App, staffId: string, group: MessageInput['group']): Record<string, unknown> {
  if (group === undefined)
    return { conversationId: `cid${digest(`${app.robotCode} ${staffId}`)}`, conversationType: '1' }
  const conversationTitle = group.title ?? '测试群'
  return {
    conversationId: group.id ?? `cid${digest(conversationTitle)}`,
    conversationType: '2',
    conversationTitle,
    isInAtList: true,
    // The Stream samples show only the encrypted id of those who were called.
    atUsers: [{ dingtalkId: encrypted(app.robotCode) }],
  }
}

/**
 * The message, with a sessionWebhook of its own. Its msgId stays the same however often it is delivered.
 * Throws on a body that DingTalk never delivers from a group.
 */
export function composeMessage(input: MessageInput, { app, sessions, clock, url }: ComposeOptions): ComposedMessage {
  const { group, sender = {} } = input
  const { staffId = 'manager807', nick = '小钉' } = sender
  const words = input.text ?? '你好'
  const body = input.body ?? textBody(group === undefined ? words : ` ${words}`)
  if (group !== undefined && neverInGroups.includes(body.msgtype)) {
    throw new Error(`DingTalk delivers no ${body.msgtype} from a group`)
  }

  const createAt = clock.now()
  const msgId = input.msgId ?? `msg${randomBytes(16).toString('base64')}`
  const chat = chatOf(app, staffId, group)
  const conversationId = String(chat['conversationId'])
  const session = sessions.open({ clientId: app.clientId, conversationId, msgId, createAt })
  const sessionWebhook = `${url}/robot/sendBySession?session=${session}`
  const data = {
    senderPlatform: 'Mac',
    ...chat,
    openThreadId: conversationId,
    chatbotCorpId: app.corpId,
    chatbotUserId: encrypted(app.robotCode),
    msgId,
    senderNick: nick,
    isAdmin: true,
    senderStaffId: staffId,
    // The smallest surplus over 1.5 h in the samples.
    sessionWebhookExpiredTime: createAt + 5_400_060,
    createAt,
    senderCorpId: app.corpId,
    senderId: encrypted(staffId),
    sessionWebhook,
    robotCode: app.robotCode,
    ...body,
    ...input.fields,
  }
  return { clientId: app.clientId, msgId, conversationId, sessionWebhook, data }
}
