// Owns the shape of a pushed event: what is said in headers, what in data; must never deliver it.

import { randomUUID } from 'node:crypto'
import type { App } from './apps.ts'
import type { Push } from './push-queue.ts'
import { eventPolicy } from './redelivery.ts'

export type EventInput = {
  /** Default: the first app. */
  readonly clientId?: string
  readonly eventType: string
  readonly data: Readonly<Record<string, unknown>>
  /** Stays the same over repetitions. Default: a new one. */
  readonly eventId?: string
}

/** The event as a push under the one topic that events have. `now` in ms since the epoch. */
export function composeEvent(input: EventInput, app: App, now: number): Push {
  return {
    clientId: app.clientId,
    type: 'EVENT',
    topic: '*',
    data: JSON.stringify(input.data),
    extra: {
      eventType: input.eventType,
      eventId: input.eventId ?? randomUUID().replaceAll('-', ''),
      eventCorpId: app.corpId,
      eventBornTime: String(now),
      eventUnifiedAppId: randomUUID(),
    },
    policy: eventPolicy,
  }
}
