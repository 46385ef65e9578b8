// What a plugin may ask of http.fetch, as a shape, and what of it the audit log may keep.
import { z } from 'zod'
import { headersSchema } from './http-headers.ts'
import { methodSchema } from './http-grant.ts'

/** 8 KiB: what common servers accept as a request line (nginx large_client_header_buffers, Apache LimitRequestLine). */
const URL_LIMIT = 8192
const BODY_LIMIT = 1024 ** 2

export const httpRequest = z
  .strictObject({
    url: z.string().min(1).max(URL_LIMIT),
    method: methodSchema.default('GET'),
    headers: headersSchema.default({}),
    body: z
      .string()
      .refine((text) => Buffer.byteLength(text) <= BODY_LIMIT, 'more than 1 MiB of body')
      .optional(),
  })
  .refine((request) => request.body === undefined || !['GET', 'HEAD'].includes(request.method), {
    message: 'GET and HEAD carry no body',
    path: ['body'],
  })
export type HttpRequest = Readonly<z.output<typeof httpRequest>>

/**
 * Reads a URL, strictly: spellings that a browser forgives (backslashes, missing slashes, white space, user names) are
 * refused, because what a person reads in a log must be where the request goes. The fragment is dropped.
 */
export function readUrl(text: string): URL | null {
  if (!/^https?:\/\/[^/?#@\\]+(?:[/?#]|$)/i.test(text) || /[\\\s]|\p{Cc}/u.test(text)) return null
  const url = URL.parse(text)
  if (url === null || url.href.length > URL_LIMIT) return null
  url.hash = ''
  return url
}

/** Where a request goes and how large it is: no query value, no header value, no body. */
export function redactHttp(request: HttpRequest) {
  const url = readUrl(request.url)
  return {
    method: request.method,
    origin: url?.origin ?? 'unreadable',
    path: url?.pathname ?? '',
    query: [...new Set(url?.searchParams.keys())],
    headers: Object.keys(request.headers),
    bodyBytes: Buffer.byteLength(request.body ?? ''),
  }
}
