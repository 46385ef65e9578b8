// P8 through the turn queue: a plugin that is asked far more than it can do refuses the rest, and its neighbour answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWeb, fetcher } from '../support/web.ts'
import { alice, startConnected, wordsOf } from '../support/connected.ts'
import { grantFetcher } from '../support/observe.ts'

test('six hundred messages to a plugin that hangs: the neighbour still answers, the surplus is told', async () => {
  await using web = await startWeb()
  await using both = await startConnected({ ship: ['echo'], files: fetcher(web.port) })
  const { dingtalk, molten } = both
  await grantFetcher(molten)
  const group = { id: 'cidflood==' }
  const sent = Array.from({ length: 600 }, (_, n) =>
    dingtalk.say({ text: '/fetcher read', sender: alice, group, msgId: `flood${n}==` }),
  )
  assert.equal(await sent.at(-1)?.settled, 'acked')
  dingtalk.say({ text: '/echo say still here', sender: alice, msgId: 'after==' })
  const reply = await dingtalk.replies.take(({ message }) => wordsOf(message) === 'still here')
  assert.equal(wordsOf(reply.message), 'still here')
  const refused = molten
    .records()
    .filter(({ kind, decision }) => kind === 'turn.refused' && decision?.code === 'OVERLOADED')
  assert.ok(refused.length > 400, `${refused.length} refused`)
})
