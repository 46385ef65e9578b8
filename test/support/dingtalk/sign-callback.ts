// Owns the signature on DingTalk's HTTP callbacks, written from the documents alone; must never be imported by Molten.

import { createHmac } from 'node:crypto'

/** Base64 of HMAC-SHA256 over `timestamp "\n" secret`, keyed with the secret. The body takes no part in it. */
export function signCallback(timestamp: number, secret: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
}

/** One good signature, and the bad ones that real adapters were found to let pass. */
export type SignatureKind =
  'good' | 'wrongSecret' | 'firstCharacter' | 'overBody' | 'old' | 'future' | 'noSign' | 'noTimestamp' | 'none'

// Documented: more than 1 h off is to be refused, whichever way.
const toleranceMs = 3_600_000

function timestampFor(kind: SignatureKind, now: number): number {
  if (kind === 'old') return now - toleranceMs - 1
  return kind === 'future' ? now + toleranceMs + 1 : now
}

function signFor(kind: SignatureKind, timestamp: number, secret: string, body: string): string {
  const good = signCallback(timestamp, secret)
  if (kind === 'wrongSecret') return signCallback(timestamp, `${secret}x`)
  if (kind === 'firstCharacter') return good.slice(0, 1)
  if (kind === 'overBody') return createHmac('sha256', secret).update(`${timestamp}\n${secret}${body}`).digest('base64')
  return good
}

/** The headers `timestamp` and `sign` of a callback that carries `body`, signed in the way that `kind` says. */
export function signatureHeaders(
  kind: SignatureKind,
  { now, secret, body }: { readonly now: number; readonly secret: string; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = timestampFor(kind, now)
  const sign = signFor(kind, timestamp, secret, body)
  return {
    ...(kind === 'noTimestamp' || kind === 'none' ? {} : { timestamp: String(timestamp) }),
    ...(kind === 'noSign' || kind === 'none' ? {} : { sign }),
  }
}
