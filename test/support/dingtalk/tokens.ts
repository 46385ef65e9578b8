// Owns access tokens; must never honour one that has expired or been revoked.

import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import { createFeed, type Feed } from './feed.ts'

/** The new API (/v1.0/oauth2/…) and the old one (/gettoken) hand out tokens of their own. */
export type Realm = 'v1' | 'oapi'

export type Grant = { readonly clientId: string; readonly realm: Realm; readonly renewed: boolean }

export type Tokens = {
  /** The token of that app: the same one while it is valid, and asking renews it. */
  readonly issue: (clientId: string, realm: Realm) => { readonly token: string; readonly expiresInS: number }
  /** The clientId whose valid token this is; a token of either realm will do. */
  readonly holder: (token: string) => string | undefined
  /** Voids the app's tokens before their time. */
  readonly revoke: (clientId: string) => void
  /** Each successful request for a token. */
  readonly grants: Feed<Grant>
}

const validS = 7200

/** No tokens yet. */
export function createTokens(clock: Clock): Tokens {
  const issued = new Map<string, { readonly clientId: string; readonly realm: Realm; expiresAt: number }>()
  const grants = createFeed<Grant>('token grant')

  function valid(clientId: string, realm: Realm): string | undefined {
    for (const [token, one] of issued) {
      if (one.clientId === clientId && one.realm === realm && clock.now() < one.expiresAt) return token
    }
    return undefined
  }

  return {
    issue: (clientId, realm) => {
      const current = valid(clientId, realm)
      const token = current ?? randomBytes(16).toString('hex')
      issued.set(token, { clientId, realm, expiresAt: clock.now() + validS * 1000 })
      grants.append({ clientId, realm, renewed: current !== undefined })
      return { token, expiresInS: validS }
    },
    holder: (token) => {
      const one = issued.get(token)
      return one !== undefined && clock.now() < one.expiresAt ? one.clientId : undefined
    },
    revoke: (clientId) => {
      for (const [token, one] of issued) if (one.clientId === clientId) issued.delete(token)
    },
    grants,
  }
}
