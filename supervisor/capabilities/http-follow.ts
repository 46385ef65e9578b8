// Sends an allowed request and follows its redirects, each judged, pinned and given its own headers as if it were the first.
import { EFFECTS, type Caller, type HttpPower, type Powers } from './capability.ts'
import { Coded } from '../errors.ts'
import { asHost, bareHost, isSpecial } from './addresses.ts'
import { httpCovers, type AllowedRequest } from './http-covers.ts'
import { fill } from './http-headers.ts'
import { hostCovers } from './http-hosts.ts'
import type { HttpRequest } from './http-request.ts'
import { masking } from './masking.ts'

type Limits = { readonly redirects: number; readonly milliseconds: number; readonly bytes: number }
type Answer = Awaited<ReturnType<HttpPower['exchange']>>
type Reply = { status: number; headers: Record<string, string>; body: string; url: string }

/**
 * The last answer of the chain, with every secret that was sent on the way masked.
 * @throws Coded ADDRESS_REFUSED, REDIRECT_REFUSED, SECRET_MISSING, HTTP_TIMEOUT, HTTP_TOO_LARGE, HTTP_FAILED
 */
export async function follow(first: AllowedRequest, powers: Powers, caller: Caller, limits: Limits): Promise<Reply> {
  const deadline = AbortSignal.timeout(limits.milliseconds)
  const signal = AbortSignal.any([caller.signal, deadline])
  const sent = new Set<string>()
  let hop = first
  try {
    for (let left = limits.redirects; ; left -= 1) {
      const address = await pin(hop, powers.http, signal)
      const read = (name: string) => powers.secrets.read(caller.plugin, name)
      const injected = await fill(hop.entry.headers, read, (value) => sent.add(value))
      const { method, body } = hop.request
      const headers = { ...hop.request.headers, ...injected }
      const request = { url: hop.url, address, method, headers, body, maxBytes: limits.bytes, signal }
      const answer = await powers.http.exchange(request)
      const mask = masking(sent)
      const target = redirectTarget(answer, hop.url)
      if (target === null) return masked(answer, hop.url, mask)
      if (left === 0) throw new Coded('REDIRECT_REFUSED')
      // A server may know its secret; the next one must not learn it from the URL.
      if (target.origin !== hop.url.origin && mask(target.href) !== target.href) throw new Coded('REDIRECT_REFUSED')
      hop = redirected(hop, target, answer.status, first)
    }
  } catch (error) {
    if (deadline.aborted) throw new Coded('HTTP_TIMEOUT', { host: hop.url.hostname }, { cause: error })
    throw error
  }
}

// One look at DNS, and the connection goes to that very address: a second answer cannot differ from the one that was
// checked. One special address among many condemns them all, for it has no business there.
async function pin(hop: AllowedRequest, http: HttpPower, signal: AbortSignal): Promise<string> {
  const host = bareHost(hop.url.hostname)
  const addresses = await http.resolve(host, signal)
  const [first] = addresses
  if (first === undefined || addresses.some((address) => isSpecial(address) && !isNamed(hop, address))) {
    throw new Coded('ADDRESS_REFUSED', { host })
  }
  return first
}

// An administrator who grants a name inside the network writes its address beside it.
function isNamed(hop: AllowedRequest, address: string): boolean {
  const literal = new URL(hop.url)
  literal.hostname = asHost(address)
  return hop.entry.hosts.some((pattern) => hostCovers(pattern, literal))
}

function redirectTarget(answer: Answer, base: URL): URL | null {
  const location = answer.headers['location']
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return null
  const target = URL.parse(location, base)
  if (target === null) throw new Coded('REDIRECT_REFUSED')
  return target
}

// The fetch standard's rules (§4.4, HTTP-redirect fetch), and the grant's: the hop is covered, and does no more than the first.
function redirected(hop: AllowedRequest, target: URL, status: number, first: AllowedRequest): AllowedRequest {
  const { method } = hop.request
  const becomesGet = status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST'
  const leaves = target.origin !== hop.url.origin
  const keeps = (name: string) =>
    !(leaves && /^(?:authorization|cookie)$/.test(name)) && !(becomesGet && name.startsWith('content-'))
  const request: HttpRequest = {
    url: target.href,
    method: becomesGet ? 'GET' : method,
    headers: Object.fromEntries(Object.entries(hop.request.headers).filter(([name]) => keeps(name))),
    body: becomesGet ? undefined : hop.request.body,
  }
  const covered = httpCovers(first.grant, request)
  if ('code' in covered) throw new Coded('REDIRECT_REFUSED')
  if (EFFECTS.indexOf(covered.effect) > EFFECTS.indexOf(first.effect)) throw new Coded('REDIRECT_REFUSED')
  return covered.allowed
}

// Cookies are dropped: a session is a credential that the administrator granted to nobody.
function masked(answer: Answer, url: URL, mask: (text: string) => string): Reply {
  const kept = Object.entries(answer.headers).filter(([name]) => !/^set-cookie2?$/i.test(name))
  return {
    status: answer.status,
    headers: Object.fromEntries(kept.map(([name, value]) => [mask(name), mask(value)])),
    body: mask(new TextDecoder().decode(answer.body)),
    url: mask(url.href),
  }
}
