// The HTTP power of DingTalk's clients for tests, on the runtime's own fetch; must never retry or follow a redirect.
import type { Post } from '../../supervisor/chat/dingtalk/post.ts'

export const post: Post = async (url, json, { timeoutMs, maxBytes, headers }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await response.text()
  if (Buffer.byteLength(text) > maxBytes) throw new Error('the answer is too large')
  return { status: response.status, text }
}
