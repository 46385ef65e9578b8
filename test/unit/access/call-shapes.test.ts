import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callShapes } from '../../../supervisor/access/call-shapes.ts'
import { express } from '../../../supervisor/access/cedar-type.ts'
import { table } from '../../../supervisor/capabilities/table.ts'

const requests: Record<string, unknown[]> = {
  'http.fetch': [
    { url: 'https://api.example.com/v1?q=1&q=2&%FF=x' },
    { url: 'https://api.example.com', method: 'POST', headers: { accept: 'text/plain' }, body: '正文' },
  ],
  store: [
    { op: 'get', key: 'k' },
    { op: 'set', key: 'k', value: { a: [1.5, null] }, ttl: 60 },
    { op: 'delete', key: 'k' },
    { op: 'list', prefix: 'k' },
    { op: 'list' },
  ],
  'chat.send': [{ reply: { text: '好' } }, { reply: { markdown: '# x', title: 't' } }],
}

test('every capability has a shape, and each of its redacted requests fits it', () => {
  assert.deepEqual(Object.keys(callShapes).sort(), Object.keys(table).sort())
  for (const capability of Object.values(table)) {
    const shape = callShapes[capability.name]
    const samples = requests[capability.name] ?? []
    assert.ok(shape && samples.length > 0, capability.name)
    for (const sample of samples) {
      const redacted = capability.redact(capability.request.parse(sample))
      assert.notEqual(express(shape, redacted), undefined, JSON.stringify(redacted))
    }
  }
})
