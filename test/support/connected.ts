// A supervisor in stream mode against the DingTalk test server, with one person who may do things and a plugin that waits.
import { startDingTalk } from './dingtalk/start-dingtalk.ts'
import type { DingTalkServer, DingTalkOptions } from './dingtalk/dingtalk-server.ts'
import { startMolten, type Molten, type Setup } from './molten.ts'

const APP = { clientId: 'dingtest', clientSecret: 'test-secret' }
const ROLES =
  'roles:\n  viewer: { people: [] }\n  member: { people: ["dingtalk:alice"] }\n  operator: { people: ["terminal:*"] }\n  admin: { people: [] }\n'

export type Connected = AsyncDisposable & { molten: Molten; dingtalk: DingTalkServer }

export async function startConnected(setup: Setup = {}, options: Partial<DingTalkOptions> = {}): Promise<Connected> {
  const dingtalk = await startDingTalk({ apps: [APP], ...options })
  const config = `message_channels: {dingtalk: {app_key: ${APP.clientId}, app_secret: ${APP.clientSecret}, api_base: "${dingtalk.url}", oapi_base: "${dingtalk.url}"}}\n`
  const molten = await startMolten({ roles: ROLES, ...setup, config: config + (setup.config ?? '') })
  await dingtalk.stream.connections.take()
  return {
    molten,
    dingtalk,
    async [Symbol.asyncDispose]() {
      await molten[Symbol.asyncDispose]()
      await dingtalk.close()
    },
  }
}

export const alice = { staffId: 'alice', nick: 'Alice' }

/** The words of a reply, whatever its type. */
export function wordsOf(message: unknown): string {
  const { text, markdown } = message as { text?: { content: string }; markdown?: { text: string } }
  return text?.content ?? markdown?.text ?? ''
}
