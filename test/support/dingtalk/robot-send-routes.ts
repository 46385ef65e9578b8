// Owns the two endpoints by which a robot sends on its own account; must never accept what the documents refuse.

import { z } from 'zod'
import { json, readJson, type Answer, type Route } from './http-message.ts'
import { readTemplate } from './message-templates.ts'
import { refuse, type createCallerCheck } from './robot-caller.ts'
import type { RobotOutboxStore } from './robot-outbox.ts'

const sendSchema = z.looseObject({
  robotCode: z.unknown().optional(),
  userIds: z.unknown().optional(),
  openConversationId: z.unknown().optional(),
  msgKey: z.unknown().optional(),
  msgParam: z.unknown().optional(),
})
const idsSchema = z.array(z.string().min(1)).min(1)

// The document's limit; the text of its own error speaks of 100.
const maxUsers = 20

// Encrypted ids look like this, and are no staff ids.
const encryptedId = '$:LWCP'

/** POST /v1.0/robot/oToMessages/batchSend and /v1.0/robot/groupMessages/send. */
export function robotSendRoutes(
  check: ReturnType<typeof createCallerCheck>,
  outbox: RobotOutboxStore,
): readonly Route[] {
  const toUsers: Route = {
    method: 'POST',
    path: '/v1.0/robot/oToMessages/batchSend',
    answer: (request): Answer => {
      const body = sendSchema.safeParse(readJson(request)).data
      const caller = check(request, body?.robotCode)
      if (!caller.ok) return caller.answer
      const userIds = idsSchema.safeParse(body?.userIds).data
      if (userIds === undefined) return refuse('invalidParameter.userIds.empty')
      if (userIds.length > maxUsers) return refuse('invalidParameter.userIds.overMax')
      const template = readTemplate(body?.msgKey, body?.msgParam)
      if (!template.ok) return refuse(template.code)

      const invalid = userIds.filter((id) => outbox.invalidStaff.has(id) || id.startsWith(encryptedId))
      const slowed = userIds.filter((id) => outbox.flowControlled.has(id) && !invalid.includes(id))
      const reached = userIds.filter((id) => !invalid.includes(id) && !slowed.includes(id))
      const { clientId, robotCode } = caller.app
      const { msgKey, param } = template
      const send = outbox.add({ clientId, robotCode, to: { kind: 'users', userIds, reached }, msgKey, param })
      return json(200, {
        processQueryKey: send.processQueryKey,
        invalidStaffIdList: invalid,
        flowControlledStaffIdList: slowed,
      })
    },
  }

  const toGroup: Route = {
    method: 'POST',
    path: '/v1.0/robot/groupMessages/send',
    answer: (request): Answer => {
      const body = sendSchema.safeParse(readJson(request)).data
      const caller = check(request, body?.robotCode)
      if (!caller.ok) return caller.answer
      const openConversationId = body?.openConversationId
      if (typeof openConversationId !== 'string' || openConversationId === '') return refuse('miss.openConversationId')
      const { clientId, robotCode } = caller.app
      if (!outbox.isInGroup(clientId, openConversationId)) return refuse('invalid.openConversationId')
      const template = readTemplate(body?.msgKey, body?.msgParam)
      if (!template.ok) return refuse(template.code)
      const { msgKey, param } = template
      const send = outbox.add({ clientId, robotCode, to: { kind: 'group', openConversationId }, msgKey, param })
      return json(200, { processQueryKey: send.processQueryKey })
    },
  }

  return [toUsers, toGroup]
}
