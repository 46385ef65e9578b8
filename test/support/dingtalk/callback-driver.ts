// Owns the HTTP mode: posting robot messages to a URL and understanding what comes back; must never retry.

import { z } from 'zod'
import type { Apps } from './apps.ts'
import type { Clock } from './clock.ts'
import type { ComposedMessage } from './compose-message.ts'
import type { WritableFeed } from './feed.ts'
import { parseJson } from './parse-json.ts'
import { signatureHeaders, type SignatureKind } from './sign-callback.ts'
import { readWebhookMessage } from './webhook-message.ts'
import type { Reply } from './webhook-route.ts'

/** What a callback sent, so that a test can replay it with other parts. */
export type CallbackRequest = { readonly headers: Readonly<Record<string, string>>; readonly body: string }

export type CallbackAnswer = {
  readonly status: number
  readonly body: string
  /** nothing: not a 200, or an empty body. silent: msgtype "empty". unreadable: a 200 DingTalk can make nothing of. */
  readonly reply: 'nothing' | 'silent' | 'posted' | 'unreadable'
  readonly request: CallbackRequest
}

export type CallbackDriver = {
  /** Posts `message` to `url`, by default well signed; a good reply in the answer lands in the server's replies. */
  readonly post: (url: string, message: ComposedMessage, kind?: SignatureKind) => Promise<CallbackAnswer>
  /** Posts exactly this, as a thief of headers would. Its answer's reply is not posted anywhere. */
  readonly replay: (url: string, request: CallbackRequest) => Promise<CallbackAnswer>
}

export type CallbackOptions = {
  readonly apps: Apps
  readonly clock: Clock
  readonly replies: WritableFeed<Reply>
}

const silentSchema = z.looseObject({ msgtype: z.literal('empty') })

type Heard = Pick<CallbackAnswer, 'reply'> & { readonly message?: Reply['message'] }

function hear(status: number, body: string): Heard {
  if (status !== 200 || body.trim() === '') return { reply: 'nothing' }
  const value = parseJson(body)
  if (value === null) return { reply: 'nothing' }
  if (silentSchema.safeParse(value).success) return { reply: 'silent' }
  const verdict = readWebhookMessage(value)
  // A link can be sent by the webhook, but is not among the answers.
  if (!verdict.ok || verdict.message.msgtype === 'link') return { reply: 'unreadable' }
  return { reply: 'posted', message: verdict.message }
}

/** The driver; it signs with the secret of the message's app. */
export function createCallbackDriver({ apps, clock, replies }: CallbackOptions): CallbackDriver {
  async function send(url: string, request: CallbackRequest): Promise<CallbackAnswer & Heard> {
    const response = await fetch(url, { method: 'POST', headers: request.headers, body: request.body })
    const body = await response.text()
    return { status: response.status, body, request, ...hear(response.status, body) }
  }

  return {
    replay: send,
    post: async (url, message, kind = 'good') => {
      const body = JSON.stringify(message.data)
      const secret = apps.get(message.clientId).clientSecret
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        ...signatureHeaders(kind, { now: clock.now(), secret, body }),
      }
      const sentAt = clock.now()
      const answer = await send(url, { headers, body })
      const { clientId, conversationId, msgId } = message
      if (answer.message !== undefined) {
        const session = { clientId, conversationId, msgId, createAt: sentAt }
        replies.append({ ...session, message: answer.message, via: 'callback', at: clock.now() })
      }
      return answer
    },
  }
}
