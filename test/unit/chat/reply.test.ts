import { test } from 'node:test'
import assert from 'node:assert/strict'
import { replySchema } from '../../../supervisor/chat/reply.ts'

test('a reply is text or markdown, nothing beside', () => {
  for (const good of [{ text: 'a' }, { markdown: '# a' }, { markdown: 'a', title: 't' }])
    assert.deepEqual(replySchema.parse(good), good)
  const bad = [
    'a',
    {},
    null,
    { text: '' },
    { markdown: '' },
    { text: 1 },
    { text: 'a', markdown: 'b' },
    { text: 'a', title: 't' },
  ]
  for (const reply of [...bad, { text: 'a', at: ['everybody'] }, { markdown: 'a', title: '' }]) {
    assert.equal(replySchema.safeParse(reply).success, false, JSON.stringify(reply))
  }
})
