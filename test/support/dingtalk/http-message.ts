// Owns the shapes of an HTTP question and answer inside the test server; must never touch a socket.

import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parseJson } from './parse-json.ts'

export type Request = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type Answer = { readonly status: number; readonly contentType: string; readonly body: string }

/** One endpoint. `path` may hold `:name` segments, which `answer` gets decoded. */
export type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly answer: (request: Request, params: Readonly<Record<string, string>>) => Answer
}

/** An answer with a JSON body. */
export function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json;charset=utf-8', body: JSON.stringify(value) }
}

/** The new API's refusal: HTTP 4xx/5xx, and `requestid` in lower case. */
export function apiError(status: number, code: string, message: string): Answer {
  return json(status, { code, requestid: randomUUID().toUpperCase(), message })
}

/** The old API's answer: HTTP 200 whatever happened. */
export function oapiAnswer(errcode: number, errmsg: string, rest: Readonly<Record<string, unknown>> = {}): Answer {
  return json(200, { errcode, errmsg, ...rest })
}

/** The request's body as JSON, or undefined when it is none. */
export function readJson(request: Request): unknown {
  return parseJson(request.body.toString('utf8'))
}
