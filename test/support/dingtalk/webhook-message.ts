// Owns which messages a sessionWebhook, or the answer to a callback, may hold; must never store one.

import { z } from 'zod'

const text = z.string().min(1)
const at = z.looseObject({
  atMobiles: z.array(z.string()).optional(),
  atUserIds: z.array(z.string()).optional(),
  atDingtalkIds: z.array(z.string()).optional(),
  isAtAll: z.boolean().optional(),
})

const wholeCard = z.looseObject({ title: text, text, singleTitle: text, singleURL: text })
const buttonCard = z.looseObject({
  title: text,
  text,
  btns: z.array(z.looseObject({ title: text, actionURL: text })).min(1),
})

const messageSchema = z.discriminatedUnion('msgtype', [
  z.looseObject({ msgtype: z.literal('text'), text: z.looseObject({ content: text }), at: at.optional() }),
  z.looseObject({ msgtype: z.literal('markdown'), markdown: z.looseObject({ title: text, text }), at: at.optional() }),
  z.looseObject({ msgtype: z.literal('link'), link: z.looseObject({ title: text, text, messageUrl: text }) }),
  z.looseObject({ msgtype: z.literal('actionCard'), actionCard: z.union([wholeCard, buttonCard]) }),
  z.looseObject({
    msgtype: z.literal('feedCard'),
    feedCard: z.looseObject({
      links: z.array(z.looseObject({ title: text, messageURL: text, picURL: text })).min(1),
    }),
  }),
])
export type WebhookMessage = z.infer<typeof messageSchema>

const kindSchema = z.looseObject({ msgtype: z.string() })
const kinds: readonly string[] = messageSchema.options.map((option) => option.shape.msgtype.value)

export type WebhookVerdict =
  | { readonly ok: true; readonly message: WebhookMessage }
  | { readonly ok: false; readonly errcode: number; readonly errmsg: string }

/** Whether `value` is a message that can be posted to a conversation, else the old API's code and words. */
export function readWebhookMessage(value: unknown): WebhookVerdict {
  const kind = kindSchema.safeParse(value)
  if (!kind.success) return { ok: false, errcode: 40_035, errmsg: '缺少参数 json' }
  if (!kinds.includes(kind.data.msgtype)) return { ok: false, errcode: 400_105, errmsg: '不支持的消息类型' }
  const message = messageSchema.safeParse(value)
  if (message.success) return { ok: true, message: message.data }
  const path = message.error.issues[0]?.path.join('.') ?? ''
  return { ok: false, errcode: 40_035, errmsg: `缺少参数 ${path}` }
}
