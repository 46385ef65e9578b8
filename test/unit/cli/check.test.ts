// `molten check`: its exit codes, and a line a fault that is safe to show on a terminal.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { check, printFaults } from '../../../supervisor/cli/check.ts'

async function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  let output = ''
  const code = await check(args, { write: (text) => (output += text) })
  return { code, output }
}

function config(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'check-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'config.yaml')
  writeFileSync(file, text)
  return file
}

test('nothing wrong: 0 and an ok line, after the warnings', async (t) => {
  assert.deepEqual(await run([]), { code: 0, output: 'ok: the embedded defaults\n' })
  const file = config(t, 'security: {isolation: best-effort}\nsandbox: {walls: bwrap}\n')
  const { code, output } = await run(['--config', file])
  assert.equal(code, 0)
  assert.match(output, /^warning: .*config\.yaml:2:11: `sandbox\.walls` .*\nok: .*config\.yaml\n$/)
})

test('what serve would refuse, check refuses: strict without the walls', async (t) => {
  const { code, output } = await run(['--config', config(t, 'security: {isolation: strict}\n')])
  assert.equal(code, 78)
  assert.match(output, /walls are not built yet: namespaces, seccomp, cgroup/)
})

test('anything wrong: 78 and file:line:column for each', async (t) => {
  const file = config(t, 'server: {prot: 1}\nsandbox: {walls: none}\n')
  const { code, output } = await run([`--config=${file}`])
  assert.equal(code, 78)
  assert.deepEqual(output.replaceAll(file, 'F').split('\n'), [
    'F:1:10: unknown key `prot` — Did you mean `port`? Allowed here: host, port, tls, trusted_proxies',
    'F:2:18: `sandbox.walls` must be auto, bwrap or systemd — Write auto, bwrap or systemd',
    '',
  ])
})

test('wrong arguments: 2 and the usage', async () => {
  for (const args of [['--colour'], ['extra'], ['--config']]) {
    const { code, output } = await run(args)
    assert.equal(code, 2)
    assert.match(output, /usage: molten check/)
  }
})

test('what a hostile file says reaches the terminal escaped, one line a fault', async () => {
  let output = ''
  const fault = { file: 'a\u001b[2J', line: 1, column: 2, what: 'bad\n\u202Eok: \u009b', cure: '' }
  printFaults([fault], [], { write: (text) => (output += text) })
  assert.equal(output, 'a\\u001b[2J:1:2: bad\\u000a\\u202eok: \\u009b\n')
})
