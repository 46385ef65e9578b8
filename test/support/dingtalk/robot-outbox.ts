// Owns what robots have sent by the OpenAPI, and whom they may send to; must never check a token.

import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import { createFeed, type Feed } from './feed.ts'

/** One send that the API accepted. */
export type RobotSend = {
  readonly clientId: string
  readonly robotCode: string
  readonly to:
    | { readonly kind: 'users'; readonly userIds: readonly string[]; readonly reached: readonly string[] }
    | { readonly kind: 'group'; readonly openConversationId: string }
  readonly msgKey: string
  readonly param: Readonly<Record<string, unknown>>
  readonly processQueryKey: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly recalled: () => boolean
  readonly readBy: () => readonly string[]
}

export type RobotOutbox = {
  readonly sends: Feed<RobotSend>
  /** Staff ids that come back in invalidStaffIdList. */
  readonly invalidStaff: Set<string>
  /** Staff ids that come back in flowControlledStaffIdList. */
  readonly flowControlled: Set<string>
  /** Puts the app's bot into a group; a message from a group does so too. */
  readonly joinGroup: (clientId: string, openConversationId: string) => void
  readonly isInGroup: (clientId: string, openConversationId: string) => boolean
  readonly markRead: (processQueryKey: string, userId: string) => void
}

export type RobotOutboxStore = RobotOutbox & {
  readonly add: (send: Pick<RobotSend, 'clientId' | 'robotCode' | 'to' | 'msgKey' | 'param'>) => RobotSend
  readonly find: (robotCode: string, processQueryKey: string) => RobotSend | undefined
  readonly recall: (processQueryKey: string) => void
}

/** An empty outbox, bots in no group. */
export function createRobotOutbox(clock: Clock): RobotOutboxStore {
  const sends = createFeed<RobotSend>('robot send')
  const groups = new Map<string, Set<string>>()
  const recalled = new Set<string>()
  const readers = new Map<string, string[]>()

  return {
    sends,
    invalidStaff: new Set(),
    flowControlled: new Set(),
    joinGroup: (clientId, openConversationId) => {
      groups.set(clientId, (groups.get(clientId) ?? new Set()).add(openConversationId))
    },
    isInGroup: (clientId, openConversationId) => groups.get(clientId)?.has(openConversationId) ?? false,
    markRead: (processQueryKey, userId) => {
      readers.set(processQueryKey, [...(readers.get(processQueryKey) ?? []), userId])
    },
    add: (send) => {
      const processQueryKey = randomBytes(16).toString('base64url')
      const entry = {
        ...send,
        processQueryKey,
        at: clock.now(),
        recalled: () => recalled.has(processQueryKey),
        readBy: () => readers.get(processQueryKey) ?? [],
      }
      sends.append(entry)
      return entry
    },
    find: (robotCode, processQueryKey) =>
      sends.all().find((send) => send.robotCode === robotCode && send.processQueryKey === processQueryKey),
    recall: (processQueryKey) => {
      recalled.add(processQueryKey)
    },
  }
}
