// Owns POST /robot/sendBySession; must never answer anything but HTTP 200, for DingTalk's old API does not.

import type { Clock } from './clock.ts'
import type { WritableFeed } from './feed.ts'
import { oapiAnswer, readJson, type Answer, type Request, type Route } from './http-message.ts'
import type { Session, Sessions } from './sessions.ts'
import { readWebhookMessage, type WebhookMessage } from './webhook-message.ts'

/** A reply that reached a conversation, by its sessionWebhook or as the answer to an HTTP callback. */
export type Reply = Session & {
  readonly message: WebhookMessage
  readonly via: 'webhook' | 'callback'
  /** Milliseconds since the epoch. */
  readonly at: number
}

export type WebhookOptions = {
  readonly sessions: Sessions
  readonly clock: Clock
  readonly replies: WritableFeed<Reply>
}

const maxBytes = 20_000

/** The endpoint. It asks for no token. */
export function webhookRoute({ sessions, clock, replies }: WebhookOptions): Route {
  function send(request: Request): Answer {
    if (!request.headers['content-type']?.startsWith('application/json')) {
      return oapiAnswer(43_004, '无效的HTTP HEADER Content-Type')
    }
    if (request.body.length > maxBytes) return oapiAnswer(460_101, `message too long, exceed ${maxBytes} bytes`)
    const session = sessions.find(request.query.get('session') ?? '')
    if (session === undefined) return oapiAnswer(300_001, 'session 不存在')
    const verdict = readWebhookMessage(readJson(request))
    if (!verdict.ok) return oapiAnswer(verdict.errcode, verdict.errmsg)
    replies.append({ ...session, message: verdict.message, via: 'webhook', at: clock.now() })
    return oapiAnswer(0, 'ok')
  }
  return { method: 'POST', path: '/robot/sendBySession', answer: send }
}
