// Turns DingTalk's robot message into ours. Every field was written by somebody else; nothing is believed that is not checked here.
import { z } from 'zod'
import type { Message } from '../message.ts'
import { isTrustedWebhook } from './trusted-webhook.ts'

/** Which robot we are, and the hosts that it talks to. */
export type Robot = {
  readonly robotCode: string
  /** When given, only messages out of this organisation are ours. */
  readonly corpId?: string | undefined
  readonly apiBase: string
  readonly oapiBase: string
}

/** Why a body is not a message for us. */
export type Refusal = 'malformed' | 'other-robot' | 'other-corp'

// Ids seen are 20 to 80 characters; the cap keeps a stranger's novel out of keys and logs.
const id = z.string().min(1).max(512)
const optionalId = z.string().max(512).nullish()
// The documents call times strings, every sample has numbers.
const time = z
  .union([
    z.number().nonnegative(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined)

// Field presence differs by tenant and by kind of app, so all but five are optional. Unknown fields are dropped.
const robotMessageSchema = z.object({
  msgId: id,
  msgtype: z.string().min(1).max(64),
  conversationId: id,
  // Documented as strings; the numbers cost nothing.
  conversationType: z.literal(['1', '2', 1, 2]),
  senderId: id,
  robotCode: optionalId,
  senderStaffId: optionalId,
  senderCorpId: optionalId,
  chatbotCorpId: optionalId,
  createAt: time,
  sessionWebhook: z.string().max(2048).optional().catch(undefined),
  sessionWebhookExpiredTime: time,
  text: z.object({ content: z.string().optional() }).optional().catch(undefined),
  // An object in every other type; one official sample has the words of a text here.
  content: z.string().optional().catch(undefined),
})
type RobotMessage = z.infer<typeof robotMessageSchema>

/**
 * The message in `body` (parsed JSON), or why it is none of ours.
 * @param now milliseconds since the epoch; stands in when the message does not say when it was sent.
 */
export function parseRobotMessage(
  body: unknown,
  robot: Robot,
  now: number,
): { message: Message } | { refused: Refusal } {
  const parsed = robotMessageSchema.safeParse(body)
  if (!parsed.success) return { refused: 'malformed' }
  const raw = parsed.data
  // Custom robots send no code at all; a wrong one is somebody else's message.
  if (raw.robotCode && raw.robotCode !== robot.robotCode) return { refused: 'other-robot' }
  if (robot.corpId !== undefined && !isFromCorp(raw, robot.corpId)) return { refused: 'other-corp' }
  return { message: toMessage(raw, robot, now) }
}

/** Staff ids are unique within one organisation only, so a sender who does not say which is nobody we know. */
function isFromCorp(raw: RobotMessage, corpId: string): boolean {
  return raw.senderCorpId === corpId && (raw.chatbotCorpId ?? corpId) === corpId
}

function toMessage(raw: RobotMessage, robot: Robot, now: number): Message {
  const kind = String(raw.conversationType) === '1' ? 'single' : 'group'
  // Empty for people from outside the organisation.
  const staffId = raw.senderStaffId || undefined
  const trusted =
    raw.sessionWebhook !== undefined && isTrustedWebhook(raw.sessionWebhook, [robot.apiBase, robot.oapiBase])
  return {
    key: `${robot.robotCode}:${raw.msgId}`,
    channel: 'dingtalk',
    person: staffId === undefined ? null : `dingtalk:${staffId}`,
    conversation: raw.conversationId,
    kind,
    text: wordsOf(raw),
    type: raw.msgtype,
    sent: raw.createAt ?? now,
    address: {
      channel: 'dingtalk',
      robotCode: robot.robotCode,
      conversation: raw.conversationId,
      kind,
      ...(staffId !== undefined && { staffId }),
      ...(trusted && { webhook: raw.sessionWebhook }),
      ...(trusted && raw.sessionWebhookExpiredTime !== undefined && { webhookExpires: raw.sessionWebhookExpiredTime }),
    },
  }
}

/** Null for what is not text, and for a text whose words DingTalk withheld because the month's quota is spent. */
function wordsOf(raw: RobotMessage): string | null {
  if (raw.msgtype !== 'text') return null
  const words = raw.text?.content ?? raw.content
  // The "@robot" is cut off by DingTalk, the space after it is not.
  return words === undefined ? null : words.toWellFormed().trim()
}
