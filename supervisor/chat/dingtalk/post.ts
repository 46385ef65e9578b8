// The one HTTP power that DingTalk's OpenAPI and webhooks need. A type only; io/ implements it.

/**
 * POSTs `json` and reads the answer, whatever its status. Redirects are not followed.
 * Rejects when nothing came back within `timeoutMs`, on a network error, and on a body above `maxBytes`.
 */
export type Post = (
  url: string,
  json: unknown,
  options: { timeoutMs: number; maxBytes: number; headers?: Record<string, string> },
) => Promise<{ status: number; text: string }>
