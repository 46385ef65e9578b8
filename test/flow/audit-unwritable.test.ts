// P3: no audit, no effect. Where the log cannot be written, commands are refused and not run.
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startMolten } from '../support/molten.ts'

test('the log taken away under a running supervisor: refused; put back: answered; the chain is whole', async () => {
  await using molten = await startMolten({ ship: ['echo', 'notes'] })
  assert.equal((await molten.run('/notes add before')).code, 0)
  const log = join(molten.folder, 'state/audit.log')
  renameSync(log, `${log}.taken`)
  const refused = await molten.run('/notes add while')
  assert.deepEqual([refused.code, refused.end], [77, 'AUDIT_UNAVAILABLE'])
  assert.equal((await fetch(`${molten.url}/readyz`)).status, 503)

  renameSync(`${log}.taken`, log)
  assert.equal((await molten.run('/notes list')).said, '1. before')
  assert.equal((await fetch(`${molten.url}/readyz`)).status, 200)
  const verified = await molten.cli('audit', 'verify')
  assert.equal(verified.code, 0, verified.err)
})

test('a tail that was cut off is found', async () => {
  await using molten = await startMolten()
  await molten.run('/echo say hi')
  await molten.stop()
  const { readFileSync, writeFileSync } = await import('node:fs')
  const log = join(molten.folder, 'state/audit.log')
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
  writeFileSync(log, `${lines.slice(0, -2).join('\n')}\n`)
  assert.equal((await molten.cli('audit', 'verify')).code, 1)
})
