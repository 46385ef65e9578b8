// The envelope of stream mode: frames in, acknowledgements out. Must never look inside a message's data.
import { z } from 'zod'
import { parseJson } from '../parse-json.ts'

export const ROBOT_TOPIC = '/v1.0/im/bot/messages/get'

// Samples without specVersion, messageId or data exist; header keys we do not know are dropped.
const frameSchema = z.object({
  type: z.string(),
  headers: z.object({ topic: z.string(), messageId: z.string().min(1).max(256).optional() }),
  data: z.string().default(''),
})
export type Frame = z.infer<typeof frameSchema>

/** The frame in `text`, or null when it is not one. */
export function parseFrame(text: string): Frame | null {
  const parsed = frameSchema.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

const WORDS = { 200: 'OK', 404: 'topic not found', 500: 'internal error' } as const

/** What is written back for the frame of that id; anything but 200 leaves the frame to be pushed again. */
export function acknowledge(messageId: string, code: keyof typeof WORDS, data = '{"response":null}'): string {
  return JSON.stringify({ code, headers: { messageId, contentType: 'application/json' }, message: WORDS[code], data })
}
