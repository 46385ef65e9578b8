// A message in DingTalk and its reply, through the whole of Molten.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, startConnected, wordsOf } from '../support/connected.ts'
import { grantFetcher } from '../support/observe.ts'
import { fetcher, startWeb } from '../support/web.ts'

test('message in, reply out; a stranger is refused; one msgId runs once', async () => {
  await using both = await startConnected({ ship: ['echo'] })
  const { dingtalk, molten } = both

  assert.equal(await dingtalk.say({ text: '/echo say 你好', sender: alice, msgId: 'msg1==' }).settled, 'acked')
  assert.equal(wordsOf((await dingtalk.replies.take()).message), '你好')

  // The same message under a new messageId, as DingTalk re-pushes it: acknowledged, not run.
  assert.equal(await dingtalk.say({ text: '/echo say 你好', sender: alice, msgId: 'msg1==' }).settled, 'acked')
  dingtalk.say({ text: '/echo say hi', sender: { staffId: 'mallory', nick: 'Alice' } })
  const refusal = wordsOf((await dingtalk.replies.take()).message)
  assert.match(refusal, /role/)

  const records = molten.records()
  assert.equal(records.filter(({ kind }) => kind === 'command.intent').length, 1)
  const refused = records.find(({ kind }) => kind === 'turn.refused')
  assert.deepEqual([refused?.person, refused?.decision?.code], ['dingtalk:mallory', 'NO_ROLE'])
  assert.match(refusal, new RegExp(refused?.turn ?? 'none'))
})

test('a message pushed again while it runs is run once', async () => {
  await using web = await startWeb()
  await using both = await startConnected({ ship: [], files: fetcher(web.port) })
  const { dingtalk, molten } = both
  await grantFetcher(molten)

  dingtalk.say({ text: '/fetcher read', sender: alice, msgId: 'slow==' })
  const request = await web.next()
  assert.equal(await dingtalk.say({ text: '/fetcher read', sender: alice, msgId: 'slow==' }).settled, 'acked')
  request.answer(200, 'at last')
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'at last')
  assert.equal(web.requests.length, 1)
})

test('a picture gets a polite answer, and its person can go on', async () => {
  await using both = await startConnected()
  const { dingtalk } = both
  dingtalk.say({
    body: { msgtype: 'picture', content: { downloadCode: 'x', pictureDownloadCode: 'y' } },
    sender: alice,
  })
  assert.match(wordsOf((await dingtalk.replies.take()).message), /文字/)
  dingtalk.say({ text: '/echo say ok', sender: alice })
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'ok')
})
