// The signature of DingTalk's HTTP callbacks. It covers the timestamp alone, never the body: a pair can be replayed until it is old.
import { createHmac, timingSafeEqual } from 'node:crypto'

// DingTalk documents one hour of tolerance. Nobody honest signs in the future, so only clocks that drift get room there.
const OLDEST_MS = 60 * 60 * 1000
const FUTURE_MS = 5 * 60 * 1000

/** As the headers `timestamp` (milliseconds) and `sign` (Base64) arrived. */
export type Signature = { readonly timestamp: string | undefined; readonly sign: string | undefined }
export type SignatureFault = 'missing' | 'malformed' | 'old' | 'future' | 'wrong'

/**
 * Null when the signature is good at `now` (milliseconds), otherwise what is wrong with it.
 * Both headers are required. Throws on an empty `secret`, with which anybody could sign.
 */
export function verifySignature({ timestamp, sign }: Signature, secret: string, now: number): SignatureFault | null {
  if (secret === '') throw new Error('the app secret is empty')
  if (timestamp === undefined || sign === undefined) return 'missing'
  if (!/^\d{1,15}$/.test(timestamp)) return 'malformed'

  const age = now - Number(timestamp)
  if (age > OLDEST_MS) return 'old'
  if (age < -FUTURE_MS) return 'future'

  const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
  return equal(sign, expected) ? null : 'wrong'
}

/** In constant time for the length of `expected`, which is no secret. */
function equal(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}
