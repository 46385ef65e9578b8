// Calls of DingTalk's new OpenAPI: the token, its renewal, the retries that are safe. Must never repeat a refusal that time does not mend.
import { parseJson } from '../parse-json.ts'
import type { Clock, Count } from '../powers.ts'
import { errorCode } from './error-code.ts'
import type { Post } from './post.ts'
import type { Tokens } from './tokens.ts'

export type OpenApiOptions = {
  readonly post: Post
  readonly apiBase: string
  readonly tokens: Tokens
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  readonly count: Count
}

/** refused: it was not done. unknown: it may have been. `problem` is safe to log. */
type ApiAnswer =
  { readonly is: 'done'; readonly body: unknown } | { readonly is: 'refused' | 'unknown'; readonly problem: string }

export type OpenApi = {
  /**
   * POSTs `body` to `path`. Rejects with `Coded('CHAT_FAILED')` when there is no token to call with.
   * @param repeat whether a call that may have been done can be done once more
   */
  readonly call: (path: string, body: unknown, repeat: boolean) => Promise<ApiAnswer>
}

const REQUEST = { timeoutMs: 10_000, maxBytes: 256 * 1024 }
// DingTalk counts by the second: wait one or two, then twice that. A limit by the minute or month is not worth waiting for.
const WAIT_MS = 1_000
const BUSY_RETRIES = 2

type Attempt = { readonly status: number; readonly code: string; readonly body: unknown }

/** Calls with the token of `tokens`. */
export function createOpenApi({ post, apiBase, tokens, clock, random, count }: OpenApiOptions): OpenApi {
  async function attempt(path: string, body: unknown, token: string): Promise<Attempt | null> {
    const headers = { 'x-acs-dingtalk-access-token': token }
    try {
      const { status, text } = await post(`${apiBase}${path}`, body, { ...REQUEST, headers })
      return { status, code: errorCode(text), body: parseJson(text) }
    } catch {
      return null
    }
  }

  function pause(tries: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    clock.setTimeout(resolve, WAIT_MS * 2 ** tries * (1 + random()))
    return promise
  }

  async function call(path: string, body: unknown, repeat: boolean): Promise<ApiAnswer> {
    let token = await tokens.get()
    let renewed = false
    let busy = 0
    let repeats = repeat ? 1 : 0
    for (;;) {
      const answer = await attempt(path, body, token)
      if (answer === null || isUnclear(answer)) {
        if (repeats === 0) return { is: 'unknown', problem: problemOf(answer) }
        repeats -= 1
        count('api.repeat')
        await pause(0)
      } else if (answer.status === 200) {
        return { is: 'done', body: answer.body }
      } else if (isUnauthenticated(answer) && !renewed) {
        renewed = true
        tokens.drop(token)
        token = await tokens.get()
        count('api.token-renewed')
      } else if (isBusy(answer) && busy < BUSY_RETRIES) {
        count('api.busy')
        await pause(busy)
        busy += 1
      } else {
        return { is: 'refused', problem: problemOf(answer) }
      }
    }
  }

  return { call }
}

/** A server that fails, or a gateway that gave up waiting for it, does not know what was done. */
function isUnclear(answer: Attempt): boolean {
  return answer.status >= 500 && !isBusy(answer)
}

function isUnauthenticated({ status, code }: Attempt): boolean {
  return code === 'InvalidAuthentication' || (status === 401 && code === 'unknown')
}

/** Turned away before anything was done. A 403 is a throttle only when its code says so. */
function isBusy({ status, code }: Attempt): boolean {
  return status === 429 || (status === 403 && code.includes('QpsLimit')) || (status >= 500 && /busy$/i.test(code))
}

function problemOf(answer: Attempt | null): string {
  return answer === null ? 'no answer' : `${answer.status} ${answer.code}`
}
