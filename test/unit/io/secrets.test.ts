import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecrets } from '../../../supervisor/io/secrets.ts'

function folder(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-'))
  t.after(() => rmSync(directory, { recursive: true }))
  mkdirSync(join(directory, 'weather'))
  writeFileSync(join(directory, 'OUTSIDE'), 'outside')
  return directory
}

test('a secret is read without its trailing newline; what is absent or empty is null', async (t) => {
  const directory = folder(t)
  const secrets = createSecrets(directory)
  const write = (name: string, content: string) =>
    writeFileSync(join(directory, 'weather', name), content, { mode: 0o600 })
  write('TOKEN', 'abc \n')
  write('TWO', 'a\n\n')
  write('EMPTY', '\n')
  assert.equal(await secrets.read('weather', 'TOKEN'), 'abc ')
  assert.equal(await secrets.read('weather', 'TWO'), 'a\n')
  assert.equal(await secrets.read('weather', 'EMPTY'), null)
  assert.equal(await secrets.read('weather', 'NONE'), null)
  assert.equal(await secrets.read('nobody', 'TOKEN'), null)
  write('TOKEN', 'changed')
  assert.equal(await secrets.read('weather', 'TOKEN'), 'changed')
})

test('no name leads out of the plugin’s folder', async (t) => {
  const directory = folder(t)
  const secrets = createSecrets(directory)
  const pairs = [
    ['..', 'OUTSIDE'],
    ['weather', '../OUTSIDE'],
    ['weather/..', 'OUTSIDE'],
    ['', 'OUTSIDE'],
    ['.', 'OUTSIDE'],
  ] as const
  for (const [plugin, name] of pairs) assert.equal(await secrets.read(plugin, name), null, `${plugin} ${name}`)
})

test('a file that is there but unsafe is refused, with the reason as cause and no value in it', async (t) => {
  const directory = folder(t)
  const path = (name: string) => join(directory, 'weather', name)
  symlinkSync(join(directory, 'OUTSIDE'), path('LINK'))
  mkdirSync(path('FOLDER'))
  execFileSync('mkfifo', [path('PIPE')])
  writeFileSync(path('OPEN'), 'hunter2')
  chmodSync(path('OPEN'), 0o606)
  writeFileSync(path('LARGE'), 'x'.repeat(65_537))
  writeFileSync(path('BINARY'), Buffer.from([0xff, 0xfe]))
  const reasons: Record<string, RegExp> = {
    LINK: /ELOOP/,
    FOLDER: /not a regular file/,
    PIPE: /not a regular file/,
    OPEN: /writable by everybody/,
    LARGE: /larger than 64 KiB/,
    BINARY: /encoded data was not valid/,
  }
  for (const [name, reason] of Object.entries(reasons)) {
    await assert.rejects(createSecrets(directory).read('weather', name), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'SECRET_MISSING')
      assert.match(String(error.cause), reason, name)
      assert.doesNotMatch(String(error.cause), /hunter2/)
      return true
    })
  }
})

test('a plugin’s folder that is a link is refused', async (t) => {
  const directory = folder(t)
  symlinkSync(join(directory, 'weather'), join(directory, 'other'))
  await assert.rejects(createSecrets(directory).read('other', 'TOKEN'), { code: 'SECRET_MISSING' })
})
