// Asks DingTalk for a place to connect to. Must never repeat the secret it sends or the ticket it gets in what it reports.
import { z } from 'zod'
import type { Secret } from '../../secret.ts'
import { isLoopback } from '../loopback.ts'
import { parseJson } from '../parse-json.ts'
import { errorCode } from './error-code.ts'
import { ROBOT_TOPIC } from './frame.ts'
import type { Post } from './post.ts'

export type GatewayOptions = {
  readonly post: Post
  readonly apiBase: string
  readonly clientId: string
  readonly clientSecret: Secret
  /** Sent as the user agent. */
  readonly userAgent: string
}

/** `url` holds a ticket that is good for 90 s and one connection. `attention` is set when only a person can mend it. */
export type Opened = { readonly url: string } | { readonly failure: string; readonly attention: string | null }

const REQUEST = { timeoutMs: 10_000, maxBytes: 64 * 1024 }
const openedSchema = z.object({ endpoint: z.string(), ticket: z.string().min(1) })

// What the field found behind these answers (dify-on-dingtalk#28, openclaw-channel-dingtalk's connection guide).
const CURES: Readonly<Record<number, string>> = {
  400: 'publish the app version, set its message mode to Stream, check app_key and the IP allow list',
  401: 'check app_key and app_secret',
  403: 'check the IP allow list and the permissions of the app',
  404: 'check api_base',
}

/** Where to connect to, or why not. Never rejects. */
export async function openGateway(options: GatewayOptions): Promise<Opened> {
  const { post, apiBase, clientId, clientSecret, userAgent } = options
  const subscriptions = [{ type: 'CALLBACK', topic: ROBOT_TOPIC }]
  const request = { clientId, clientSecret: clientSecret.reveal(), subscriptions, ua: userAgent }
  try {
    const url = `${apiBase}/v1.0/gateway/connections/open`
    // Without Accept the answer is XML.
    const { status, text } = await post(url, request, { ...REQUEST, headers: { accept: 'application/json' } })
    return status === 200 ? readEndpoint(text) : refusal(status, text)
  } catch {
    return { failure: 'no answer', attention: null }
  }
}

function readEndpoint(text: string): Opened {
  const opened = openedSchema.safeParse(parseJson(text))
  const url = opened.success ? URL.parse(opened.data.endpoint) : null
  if (!opened.success || url === null) return { failure: 'unreadable answer', attention: null }
  if (url.protocol !== 'wss:' && !(url.protocol === 'ws:' && isLoopback(url.hostname))) {
    return { failure: 'insecure endpoint', attention: null }
  }
  url.searchParams.set('ticket', opened.data.ticket)
  return { url: url.href }
}

function refusal(status: number, text: string): Opened {
  const code = errorCode(text)
  const cure = CURES[status]
  const failure = `${status} ${code}`
  return { failure, attention: cure === undefined ? null : `DingTalk refuses the stream (${failure}): ${cure}` }
}
