// Decides whether a grant covers a request. Pure; the only maker of an AllowedRequest, without which nothing is sent.
import type { Covered, Effect } from './capability.ts'
import type { Coded } from '../errors.ts'
import { isLoopbackLiteral } from './addresses.ts'
import type { HttpEntry, HttpGrant } from './http-grant.ts'
import { overridden } from './http-headers.ts'
import { hostCovers } from './http-hosts.ts'
import { pathCovers, pathSegments } from './http-paths.ts'
import { readUrl, type HttpRequest } from './http-request.ts'

declare const checked: unique symbol

/** A request that an entry of the grant covers. The grant comes along because each redirect is judged by the whole of it. */
export type AllowedRequest = {
  readonly url: URL
  readonly request: HttpRequest
  readonly entry: HttpEntry
  readonly effect: Effect
  readonly grant: HttpGrant
  readonly [checked]: true
}

type Refusal = Pick<Coded, 'code' | 'detail'>

/** The entry that covers the request and the effect it has, or what the grant lacks. */
export function httpCovers(grant: HttpGrant, request: HttpRequest): Covered<AllowedRequest> {
  const url = readUrl(request.url)
  if (url === null) return invalid('the URL must be absolute, http(s), without user name, backslash or white space')
  const segments = pathSegments(url.pathname)
  if (segments === null) return invalid('the path must not contain encoded slashes, dots or control characters')
  if (url.protocol !== 'https:' && !isLoopbackLiteral(url.hostname)) {
    return notGranted(`${url.origin}: http is for loopback addresses only, use https`)
  }
  const there = grant.filter((entry) => entry.hosts.some((pattern) => hostCovers(pattern, url)))
  if (there.length === 0) return notGranted(`host ${url.host}`)
  const able = there.filter((entry) => entry.methods.includes(request.method))
  if (able.length === 0) return notGranted(`method ${request.method} on ${url.host}`)
  const entry = able.find(({ paths }) => paths.some((pattern) => pathCovers(pattern, segments)))
  if (entry === undefined) return notGranted(`path ${url.pathname.slice(0, 200)} on ${url.host}`)
  const clash = overridden(request.headers, entry.headers)
  if (clash !== null) return notGranted(`header ${clash} is set by the grant`)
  const effect = entry.effect ?? (['GET', 'HEAD'].includes(request.method) ? 'read' : 'write')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that gives the brand
  return { allowed: { url, request, entry, effect, grant } as AllowedRequest, effect }
}

function invalid(problem: string): Refusal {
  return { code: 'CALL_INVALID', detail: { capability: 'http.fetch', problem } }
}

function notGranted(problem: string): Refusal {
  return { code: 'CALL_NOT_GRANTED', detail: { capability: 'http.fetch', problem } }
}
