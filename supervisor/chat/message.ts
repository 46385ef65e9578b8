// What a person sent and what is sent back, in the one shape that every channel normalises to.
import { z } from 'zod'

/** Where an answer goes. Opaque to everything but its channel; kept in the encrypted store because a webhook is a credential. */
export const addressSchema = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('terminal'), session: z.string() }),
  z.strictObject({
    channel: z.literal('dingtalk'),
    robotCode: z.string(),
    conversation: z.string(),
    kind: z.enum(['single', 'group']),
    /** Absent for external people; the OpenAPI fallback in a single chat needs it. */
    staffId: z.string().optional(),
    webhook: z.string().optional(),
    /** Milliseconds since the epoch. */
    webhookExpires: z.number().optional(),
  }),
])
export type Address = z.infer<typeof addressSchema>

export const messageSchema = z.strictObject({
  /** Unique for ever: `robotCode:msgId`; the inbox refuses a second one. */
  key: z.string(),
  channel: z.enum(['dingtalk', 'terminal']),
  /** `dingtalk:<staffId>` or `terminal:<user>`; null when the sender has no staff id. */
  person: z.string().nullable(),
  /** Set when `person` is spoken for by another (`molten run --as`); never used to decide. */
  impersonator: z.string().optional(),
  conversation: z.string(),
  kind: z.enum(['single', 'group']),
  /** Trimmed; null when the message is of a type that is not understood yet. */
  text: z.string().nullable(),
  /** DingTalk's msgtype, or `text`. */
  type: z.string(),
  /** When it was sent, milliseconds since the epoch. */
  sent: z.number(),
  address: addressSchema,
})
export type Message = z.infer<typeof messageSchema>

/** What a command answers. Markdown is DingTalk's subset. */
export type Reply = { text: string } | { markdown: string; title?: string | undefined }

/** A channel delivers a reply to an address or throws `Coded('CHAT_FAILED')`. */
export type Channel = { readonly name: Message['channel']; send(address: Address, reply: Reply): Promise<void> }

/** The door that every channel hands its messages to; resolves once the message is durable, so that it may be acknowledged. */
export type Accept = (message: Message) => Promise<'new' | 'duplicate'>
