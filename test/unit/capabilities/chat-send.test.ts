import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Caller } from '../../../supervisor/capabilities/capability.ts'
import { chatSend } from '../../../supervisor/capabilities/chat-send.ts'
import { powersWith } from '../../support/powers.ts'

const caller: Caller = { plugin: 'notes', turn: 't1', person: 'terminal:ann', signal: new AbortController().signal }

test('a message goes into the conversation of the turn', async () => {
  const said: unknown[] = []
  const say = async (...args: unknown[]) => void said.push(args)
  const covered = chatSend.covers(
    chatSend.grant.parse({}),
    chatSend.request.parse({ reply: { markdown: '**hi**', title: 'T' } }),
  )
  assert.ok('allowed' in covered)
  assert.equal(covered.effect, 'read')
  const reply = await chatSend.perform(covered.allowed, powersWith({ conversation: { say } }), caller)
  assert.deepEqual(chatSend.reply.parse(reply), { ok: true })
  assert.deepEqual(said, [['t1', { markdown: '**hi**', title: 'T' }]])
})

test('nothing else can be named, and nothing larger than a message sent', () => {
  const ok = (request: unknown) => chatSend.request.safeParse(request).success
  assert.ok(ok({ reply: { text: 'x'.repeat(20_000) } }))
  assert.equal(ok({ reply: { text: 'x'.repeat(20_001) } }), false)
  assert.equal(ok({ reply: { text: '天'.repeat(6667) } }), false)
  assert.equal(ok({ reply: { markdown: 'x'.repeat(19_999), title: 'xx' } }), false)
  assert.equal(ok({ reply: { text: 'x' }, conversation: 'other' }), false)
  assert.equal(chatSend.grant.safeParse({ conversations: ['*'] }).success, false)
})

test('the audit log keeps the size only', () => {
  assert.deepEqual(chatSend.redact(chatSend.request.parse({ reply: { text: '天气' } })), { bytes: 6 })
})
