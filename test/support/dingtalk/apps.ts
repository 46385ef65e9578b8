// Owns the table of apps that the pretended tenant has; must never hand a secret to anything that is recorded.

import { timingSafeEqual } from 'node:crypto'

/** One app as a test declares it. */
export type AppInput = {
  readonly clientId: string
  readonly clientSecret: string
  /** Default: the clientId, as for every enterprise-internal bot. */
  readonly robotCode?: string
  readonly corpId?: string
}

export type App = Required<AppInput>

export type Apps = {
  readonly first: () => App
  /** The app with that clientId. Throws when the test never declared one. */
  readonly get: (clientId: string) => App
  readonly find: (clientId: string) => App | undefined
  readonly findByRobotCode: (robotCode: string) => App | undefined
  /** The app whose clientId and secret these are. */
  readonly authenticate: (clientId: string, clientSecret: string) => App | undefined
  readonly isPublished: (clientId: string) => boolean
  readonly setPublished: (clientId: string, published: boolean) => void
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** The table of `inputs`, all published. Throws on an empty list. */
export function createApps(inputs: readonly AppInput[]): Apps {
  const apps = inputs.map((app) => ({ robotCode: app.clientId, corpId: 'ding9f50b15bccd16741', ...app }))
  const unpublished = new Set<string>()
  const find = (clientId: string) => apps.find((app) => app.clientId === clientId)
  const [first] = apps
  if (first === undefined) throw new Error('at least one app is needed')

  return {
    first: () => first,
    get: (clientId) => {
      const app = find(clientId)
      if (app === undefined) throw new Error(`no app ${clientId} was declared`)
      return app
    },
    find,
    findByRobotCode: (robotCode) => apps.find((app) => app.robotCode === robotCode),
    authenticate: (clientId, clientSecret) => {
      const app = find(clientId)
      return app !== undefined && equal(app.clientSecret, clientSecret) ? app : undefined
    },
    isPublished: (clientId) => !unpublished.has(clientId),
    setPublished: (clientId, published) => {
      if (published) unpublished.delete(clientId)
      else unpublished.add(clientId)
    },
  }
}
