// Owns what can be done about a robot's message once it is sent: recall it, ask who read it; must never send.

import { z } from 'zod'
import type { Clock } from './clock.ts'
import { json, readJson, type Answer, type Route } from './http-message.ts'
import { refuse, type createCallerCheck } from './robot-caller.ts'
import type { RobotOutboxStore, RobotSend } from './robot-outbox.ts'

const bodySchema = z.looseObject({
  robotCode: z.unknown().optional(),
  openConversationId: z.unknown().optional(),
  processQueryKeys: z.unknown().optional(),
  processQueryKey: z.unknown().optional(),
})
const keysSchema = z.array(z.string().min(1)).min(1).max(20)

// A message can be recalled for 24 h.
const recallableMs = 86_400_000

export type FollowUpOptions = {
  readonly check: ReturnType<typeof createCallerCheck>
  readonly outbox: RobotOutboxStore
  readonly clock: Clock
}

function isFor(send: RobotSend | undefined, openConversationId: unknown): send is RobotSend {
  if (send === undefined) return false
  if (openConversationId === undefined) return send.to.kind === 'users'
  return send.to.kind === 'group' && send.to.openConversationId === openConversationId
}

/** POST /v1.0/robot/otoMessages/batchRecall, /v1.0/robot/groupMessages/recall and /v1.0/robot/groupMessages/query. */
export function robotFollowUpRoutes({ check, outbox, clock }: FollowUpOptions): readonly Route[] {
  const recall = (path: string, inGroup: boolean): Route => ({
    method: 'POST',
    path,
    answer: (request): Answer => {
      const body = bodySchema.safeParse(readJson(request)).data
      const caller = check(request, body?.robotCode)
      if (!caller.ok) return caller.answer
      if (inGroup && typeof body?.openConversationId !== 'string') return refuse('miss.openConversationId')
      const keys = keysSchema.safeParse(body?.processQueryKeys).data
      if (keys === undefined) return refuse('invalidParameter.processQueryKey.missing')

      const successResult: string[] = []
      const failedResult: Record<string, string> = {}
      for (const key of keys) {
        const send = outbox.find(caller.robotCode, key)
        if (!isFor(send, inGroup ? body?.openConversationId : undefined)) {
          failedResult[key] = 'SYSTEM_ERROR'
          continue
        }
        if (clock.now() >= send.at + recallableMs) return refuse('robot.processQueryKey.expired')
        outbox.recall(key)
        successResult.push(key)
      }
      return json(200, { successResult, failedResult })
    },
  })

  const query: Route = {
    method: 'POST',
    path: '/v1.0/robot/groupMessages/query',
    answer: (request): Answer => {
      const body = bodySchema.safeParse(readJson(request)).data
      const caller = check(request, body?.robotCode)
      if (!caller.ok) return caller.answer
      if (typeof body?.openConversationId !== 'string') return refuse('miss.openConversationId')
      const key = body.processQueryKey
      const send = typeof key === 'string' ? outbox.find(caller.robotCode, key) : undefined
      if (!isFor(send, body.openConversationId)) return refuse('invalid.processQueryKey')
      const sendStatus = send.recalled() ? 'RECALLED' : 'SUCCESS'
      return json(200, { sendStatus, readUserIds: send.readBy(), nextToken: '', hasMore: false })
    },
  }

  return [recall('/v1.0/robot/otoMessages/batchRecall', false), recall('/v1.0/robot/groupMessages/recall', true), query]
}
