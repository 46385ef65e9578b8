// P7: what was acknowledged survives the death of the supervisor and of a host: answered once, or reported as interrupted once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, startConnected, wordsOf } from '../support/connected.ts'
import { grantFetcher, hostOf, settled } from '../support/observe.ts'
import { fetcher, startWeb } from '../support/web.ts'

test('kill -9 between inbox and reply: a reading command is run again and answered exactly once', async () => {
  await using web = await startWeb()
  await using both = await startConnected({ ship: ['echo'], files: fetcher(web.port) })
  const { dingtalk, molten } = both
  await grantFetcher(molten)
  assert.equal(await dingtalk.say({ text: '/fetcher read', sender: alice, msgId: 'a==' }).settled, 'acked')
  await web.next()
  await molten.stop('SIGKILL')

  await molten.start()
  const again = await web.next()
  again.answer(200, 'the answer')
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'the answer')

  await settled(molten)

  // Nothing is owed any more: another restart says nothing, and the next command is the next reply.
  await molten.stop('SIGKILL')
  await molten.start()
  await dingtalk.stream.connections.take()
  await dingtalk.stream.connections.take()
  dingtalk.say({ text: '/echo say next', sender: alice })
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'next')
  assert.equal((await molten.cli('audit', 'verify')).code, 0)
})

test('kill -9 in a command that changes something: reported as interrupted once, and not run again', async () => {
  await using web = await startWeb()
  await using both = await startConnected({ ship: ['echo'], files: fetcher(web.port) })
  const { dingtalk, molten } = both
  await grantFetcher(molten)
  dingtalk.say({ text: '/fetcher change', sender: alice, msgId: 'b==' })
  await web.next()
  await molten.stop('SIGKILL')

  await molten.start()
  assert.match(wordsOf((await dingtalk.replies.take()).message), /没有自动重做/)
  await dingtalk.stream.connections.take()
  dingtalk.say({ text: '/echo say next', sender: alice })
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'next')
  assert.equal(web.requests.length, 1)
})

test('kill -9 of a host in the middle: the person is told, the next command works', async () => {
  await using web = await startWeb()
  await using both = await startConnected({ ship: [], files: fetcher(web.port) })
  const { dingtalk, molten } = both
  await grantFetcher(molten)
  dingtalk.say({ text: '/fetcher read', sender: alice })
  await web.next()
  process.kill(hostOf(molten, 'fetcher'), 'SIGKILL')
  assert.match(wordsOf((await dingtalk.replies.take()).message), /意外结束/)

  dingtalk.say({ text: '/fetcher read', sender: alice })
  const next = await web.next()
  next.answer(200, 'fine again')
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'fine again')
})

test('SIGTERM lets a running command end and answers it', async () => {
  await using web = await startWeb()
  await using both = await startConnected({ ship: [], files: fetcher(web.port) })
  const { dingtalk, molten } = both
  await grantFetcher(molten)
  dingtalk.say({ text: '/fetcher read', sender: alice })
  const request = await web.next()
  const stopped = molten.stop('SIGTERM')
  await molten.line(({ msg }) => msg === 'stopping')
  request.answer(200, 'in time')
  assert.equal(wordsOf((await dingtalk.replies.take()).message), 'in time')
  assert.equal(await stopped, '0')
})
