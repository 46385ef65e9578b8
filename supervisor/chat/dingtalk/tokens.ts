// The app's access token: fetched once for everybody, renewed in time. Must never let it or the app secret into an error.
import { z } from 'zod'
import { Coded } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import { parseJson } from '../parse-json.ts'
import { errorCode } from './error-code.ts'
import type { Post } from './post.ts'

export type TokenOptions = {
  readonly post: Post
  readonly apiBase: string
  readonly appKey: string
  readonly appSecret: Secret
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export type Tokens = {
  /** A token that is good for some minutes yet. Rejects with `Coded('CHAT_FAILED')`. */
  readonly get: () => Promise<string>
  /** DingTalk refused this token. One that has replaced it meanwhile stays. */
  readonly drop: (token: string) => void
}

const REQUEST = { timeoutMs: 10_000, maxBytes: 64 * 1024 }
// Official Python client: five minutes before the end; DingTalk gives 7200 s.
const EARLY_MS = 5 * 60 * 1000

const answerSchema = z.object({ accessToken: z.string().min(1), expireIn: z.number().positive() })

/** A cache of one token, empty at first. */
export function createTokens({ post, apiBase, appKey, appSecret, now }: TokenOptions): Tokens {
  let cached: { readonly token: string; readonly renew: number } | undefined
  let fetching: Promise<string> | undefined

  async function fetchToken(): Promise<string> {
    const { status, text } = await request()
    const answer = answerSchema.safeParse(parseJson(text))
    if (status !== 200 || !answer.success) {
      throw new Coded('CHAT_FAILED', { problem: `no access token: ${status} ${errorCode(text)}` })
    }
    const lifeMs = answer.data.expireIn * 1000
    // A life shorter than the margin is used for half of it, not renewed on every call.
    cached = { token: answer.data.accessToken, renew: now() + Math.max(lifeMs - EARLY_MS, lifeMs / 2) }
    return cached.token
  }

  async function request(): Promise<{ status: number; text: string }> {
    try {
      const credentials = { appKey, appSecret: appSecret.reveal() }
      return await post(`${apiBase}/v1.0/oauth2/accessToken`, credentials, REQUEST)
    } catch {
      throw new Coded('CHAT_FAILED', { problem: 'no access token: no answer' })
    }
  }

  return {
    get: async () => {
      if (cached !== undefined && now() < cached.renew) return cached.token
      fetching ??= fetchToken().finally(() => {
        fetching = undefined
      })
      return fetching
    },
    drop: (token) => {
      if (cached?.token === token) cached = undefined
    },
  }
}
