// Who may see readiness and metrics. Must never let another machine in without the token, nor believe that a proxied request is local.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Secret } from '../secret.ts'
import { isLoopback } from './loopback.ts'

/** A test for a request's headers and its socket's peer address. Without a `token` only this machine passes. */
export function createBearerCheck(
  token: Secret | undefined,
): (headers: IncomingHttpHeaders, peer: string | undefined) => boolean {
  const expected = token === undefined || token.reveal() === '' ? undefined : sha256(`Bearer ${token.reveal()}`)
  return (headers, peer) => {
    // A proxy on this machine speaks for others.
    const proxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
    if (peer !== undefined && isLoopback(peer) && !proxied) return true
    return expected !== undefined && timingSafeEqual(sha256(headers.authorization ?? ''), expected)
  }
}

/** Hashes have one length, so comparing them tells nothing of the token's. */
function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
