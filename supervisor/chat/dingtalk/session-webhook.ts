// Replies by a message's sessionWebhook. The URL is a credential: must never appear in anything this file reports.
import { z } from 'zod'
import { parseJson } from '../parse-json.ts'
import { DELIVERED, type Delivery } from './delivery.ts'
import type { Post } from './post.ts'

const REQUEST = { timeoutMs: 10_000, maxBytes: 64 * 1024 }

// The old API answers HTTP 200 whatever happened, and some of its samples show the number as a string.
const answerSchema = z.object({ errcode: z.union([z.number(), z.string().regex(/^-?\d{1,9}$/)]) })

/** One attempt. Never rejects. A session that has ended is a refusal (300001). */
export async function sendBySession(post: Post, webhook: string, message: unknown): Promise<Delivery> {
  try {
    const { status, text } = await post(webhook, message, REQUEST)
    // A gateway that gave up waiting does not know what happened behind it.
    if (status >= 500) return { is: 'unknown', problem: `http ${status}` }
    const answer = answerSchema.safeParse(parseJson(text))
    // An HTML page is the front door's: the request got no further.
    if (!answer.success) return { is: 'refused', problem: `http ${status}` }
    const errcode = Number(answer.data.errcode)
    return status === 200 && errcode === 0 ? DELIVERED : { is: 'refused', problem: `errcode ${errcode}` }
  } catch {
    return { is: 'unknown', problem: 'no answer' }
  }
}
