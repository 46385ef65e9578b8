// Owns POST /v1.0/gateway/connections/open; must never keep the secret it was shown.

import { z } from 'zod'
import type { Apps } from './apps.ts'
import type { WritableFeed } from './feed.ts'
import { apiError, json, readJson, type Answer, type Request, type Route } from './http-message.ts'
import { subscriptionSchema, type Subscription, type Tickets } from './tickets.ts'

const bodySchema = z.looseObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  subscriptions: z.array(subscriptionSchema),
  ua: z.string().optional(),
  localIp: z.string().optional(),
})

/** One call of the endpoint, refused ones included. `status` is what it was answered. */
export type GatewayOpen = {
  readonly status: number
  readonly clientId: string | undefined
  readonly subscriptions: readonly Subscription[]
  readonly ua: string | undefined
}

export type GatewayOptions = {
  readonly apps: Apps
  readonly tickets: Tickets
  readonly opens: WritableFeed<GatewayOpen>
  /** The ws:// address that is handed out. */
  readonly endpoint: () => string
}

// Without Accept: application/json the answer is XML (comment in the official Node client).
function granted(request: Request, endpoint: string, ticket: string): Answer {
  if (request.headers.accept?.includes('application/json')) return json(200, { endpoint, ticket })
  const body = `<?xml version="1.0" encoding="UTF-8"?><Result><endpoint>${endpoint}</endpoint><ticket>${ticket}</ticket></Result>`
  return { status: 200, contentType: 'application/xml;charset=utf-8', body }
}

/** The endpoint. Only the statuses 400 and 401 are known from the field, and of the bodies only authFailed's. */
export function gatewayRoute({ apps, tickets, opens, endpoint }: GatewayOptions): Route {
  function open(request: Request): { answer: Answer; body?: z.infer<typeof bodySchema> } {
    const raw = readJson(request)
    if (raw === undefined) return { answer: apiError(400, 'Missingbody', 'body is mandatory for this action') }
    const parsed = bodySchema.safeParse(raw)
    if (!parsed.success) return { answer: apiError(400, 'invalidParameter', '参数错误') }
    const body = parsed.data
    const app = apps.authenticate(body.clientId, body.clientSecret)
    if (app === undefined) return { answer: apiError(401, 'authFailed', '鉴权失败'), body }
    if (!apps.isPublished(app.clientId)) return { answer: apiError(400, 'unpublished', '应用未发布'), body }
    const ticket = tickets.issue({ clientId: app.clientId, subscriptions: body.subscriptions })
    return { answer: granted(request, endpoint(), ticket), body }
  }

  return {
    method: 'POST',
    path: '/v1.0/gateway/connections/open',
    answer: (request) => {
      const { answer, body } = open(request)
      const { clientId, subscriptions = [], ua } = body ?? {}
      opens.append({ status: answer.status, clientId, subscriptions, ua })
      return answer
    },
  }
}
