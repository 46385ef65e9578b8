// The capability chat.send: further messages into the conversation that asked; there is no way to name another.
import { z } from 'zod'
import { capability } from './capability.ts'
import type { Reply } from '../chat/message.ts'
import { replySchema } from '../chat/reply.ts'

// DingTalk takes 20 000 bytes of message body (robot/send); what is larger would be refused after the audit said yes.
const LIMIT = 20_000

const requestSchema = z.strictObject({
  reply: replySchema.refine((reply) => size(reply) <= LIMIT, 'more than 20 KB of message'),
})

export const chatSend = capability({
  name: 'chat.send',
  summary: 'Sends messages into the conversation that asked',
  grant: z.strictObject({}),
  request: requestSchema,
  reply: z.strictObject({ ok: z.literal(true) }),
  covers: (_grant, request) => ({ allowed: request.reply, effect: 'read' }),
  redact: (request) => ({ bytes: size(request.reply) }),
  powers: ['conversation'],
  perform: async (reply, { conversation }, { turn }) => {
    await conversation.say(turn, reply)
    return { ok: true as const }
  },
})

function size(reply: Reply): number {
  return Object.values(reply).reduce((sum, part) => sum + Buffer.byteLength(part ?? ''), 0)
}
