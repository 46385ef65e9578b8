// Where a reply may be posted. The URL comes out of an unsigned body, so anything else would be a request forged by a stranger.
import { isLoopback } from '../loopback.ts'

// DingTalk itself, and its international twins.
const DINGTALK = [
  'https://oapi.dingtalk.com',
  'https://api.dingtalk.com',
  'https://oapi.dingtalk.io',
  'https://api.dingtalk.io',
]

/** Whether `webhook` leads to DingTalk or to one of the configured `bases`, over TLS unless it stays on this machine. */
export function isTrustedWebhook(webhook: string, bases: readonly string[]): boolean {
  const url = URL.parse(webhook)
  if (url === null || url.username !== '' || url.password !== '') return false
  if (DINGTALK.includes(url.origin)) return true
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  return isPrivate && bases.some((base) => URL.parse(base)?.origin === url.origin)
}
