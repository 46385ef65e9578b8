// Owns calling the test server's HTTP endpoints and reading their refusals, for tests of the server itself.

import assert from 'node:assert/strict'
import { z } from 'zod'
import type { DingTalkServer } from './dingtalk-server.ts'

const tokenSchema = z.object({ accessToken: z.string(), expireIn: z.literal(7200) })
const errorSchema = z.object({ code: z.string(), requestid: z.string(), message: z.string() })
const oapiSchema = z.looseObject({ errcode: z.number(), errmsg: z.string() })

export type ApiCaller = {
  /** Posts JSON, or a string as it is, to a path or to a whole URL. */
  readonly post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>
  /** An access token by /v1.0/oauth2/accessToken. */
  readonly token: (app: { readonly clientId: string; readonly clientSecret: string }) => Promise<string>
  /** The JSON of a call with a token; asserts that it is a 200. */
  readonly call: (path: string, body: unknown, token: string) => Promise<unknown>
  /** The code of a call with a token; asserts that it is a 400. */
  readonly refusal: (path: string, body: unknown, token: string) => Promise<string>
}

/** The new API's error code in an answer. */
export async function codeOf(answer: Response): Promise<string> {
  return errorSchema.parse(await answer.json()).code
}

/** The old API's answer; asserts that it is a 200. */
export async function oapiBody(answer: Response): Promise<z.infer<typeof oapiSchema>> {
  assert.equal(answer.status, 200)
  return oapiSchema.parse(await answer.json())
}

/** A caller of `server`. */
export function createApiCaller(server: DingTalkServer): ApiCaller {
  const post: ApiCaller['post'] = (path, body, headers = {}) =>
    fetch(new URL(path, server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const withToken = async (path: string, body: unknown, token: string, status: number) => {
    const answer = await post(path, body, { 'x-acs-dingtalk-access-token': token })
    assert.equal(answer.status, status)
    return answer
  }
  return {
    post,
    token: async ({ clientId, clientSecret }) => {
      const answer = await post('/v1.0/oauth2/accessToken', { appKey: clientId, appSecret: clientSecret })
      return tokenSchema.parse(await answer.json()).accessToken
    },
    call: async (path, body, token) => (await withToken(path, body, token, 200)).json(),
    refusal: async (path, body, token) => codeOf(await withToken(path, body, token, 400)),
  }
}
