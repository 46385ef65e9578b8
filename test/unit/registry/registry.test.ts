import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { describeFault, type Fault } from '../../../supervisor/errors.ts'
import type { Admit } from '../../../supervisor/registry/admit.ts'
import { withGrant, withoutGrant, writeGrants } from '../../../supervisor/registry/grant-text.ts'
import type { Grants } from '../../../supervisor/registry/grants.ts'
import type { Plugin } from '../../../supervisor/registry/plugin.ts'
import { createRegistry } from '../../../supervisor/registry/registry.ts'
import { CODE, manifest, pluginFolder, readPowers } from '../../support/plugin-folder.ts'

const inline = (name: string, code = 'export default 1', ...lines: string[]) =>
  manifest(name, ...lines, `source: ${JSON.stringify(code)}`)

async function start(t: TestContext, files: Record<string, string>, admit: Admit = async () => null) {
  const folder = pluginFolder(t, files)
  const policies = pluginFolder(t)
  const settings = {
    directories: [folder.path],
    overrides: {} as Record<string, Record<string, unknown>>,
    strict: false,
    grantsFile: join(policies.path, 'grants.yaml'),
  }
  const registry = createRegistry({ powers: readPowers(t), settings: () => settings, admit })
  const first = await registry.reload()
  return {
    ...folder,
    registry,
    first,
    settings,
    plugin: (name: string) => registry.snapshot().plugins.get(name),
    names: () => [...registry.snapshot().plugins.keys()],
    faults: () => registry.snapshot().faults.map((fault) => describeFault(fault).replace(`${folder.path}/`, '')),
    grant: (grants: Grants | string) =>
      policies.write({ 'grants.yaml': typeof grants === 'string' ? grants : writeGrants(grants) }),
  }
}

const grantOf = (plugin: Plugin | undefined, grants: Grants = {}): Grants => {
  assert.ok(plugin)
  return withGrant(grants, plugin, 'terminal:root', '2026-01-31T10:00:00.000Z')
}

test('manifests beside and inside folders load; faults of one hide no other', async (t) => {
  const { names, faults, plugin } = await start(t, {
    'one.yaml': inline('one'),
    'two.yml': inline('two'),
    'three/plugin.yaml': manifest('three', 'config: {units: metric}'),
    'three/main.ts': CODE,
    'four/plugin.yaml': manifest('four'),
    'five/plugin.yaml': 'name: [',
    '.hidden.yaml': 'broken: [',
    'README.md': '',
    'no-plugin/main.ts': '',
  })
  assert.deepEqual(names(), ['one', 'three', 'two'])
  assert.deepEqual(Object.keys(plugin('three')?.modules ?? {}), ['main.ts'])
  assert.deepEqual(
    faults()
      .map((fault) => fault.split(' ', 1)[0] ?? '')
      .toSorted(),
    ['five/plugin.yaml:1:8:', 'four/plugin.yaml:5:7:'],
  )
})

test('a snapshot is never changed, and what stayed the same stays the same object', async (t) => {
  const { registry, write, plugin } = await start(t, { 'one.yaml': inline('one'), 'two.yaml': inline('two') })
  const before = registry.snapshot()
  const one = plugin('one')
  assert.ok(Object.isFrozen(one) && Object.isFrozen(one?.limits) && Object.isFrozen(one?.commands['now']?.args))
  write({ 'two.yaml': inline('two', 'export default 2') })
  const change = await registry.reload()
  assert.deepEqual([change.added, change.removed], [[], []])
  assert.deepEqual(change.changed, [{ before: before.plugins.get('two'), after: plugin('two') }])
  assert.equal(plugin('one'), one)
  assert.notEqual(before.plugins.get('two'), plugin('two'))
})

test('a fault keeps the last good version, manifest and code alike', async (t) => {
  const { registry, write, plugin, faults } = await start(t, { 'a/plugin.yaml': manifest('aa'), 'a/main.ts': CODE })
  const good = plugin('aa')
  write({ 'a/main.ts': `${CODE}enum X {}` })
  await registry.reload()
  assert.equal(plugin('aa'), good)
  assert.match(faults().join(), /^a\/main\.ts:5:1: .*enum/)
  write({ 'a/plugin.yaml': manifest('aa').replace('effect: read', 'effect: raed') })
  await registry.reload()
  assert.equal(plugin('aa'), good)
  assert.match(faults()[0] ?? '', /^a\/plugin\.yaml:6:\d+: .*Did you mean `read`/)
  write({ 'a/plugin.yaml': manifest('aa').replace('1.0.0', '1.0.1'), 'a/main.ts': CODE })
  await registry.reload()
  assert.equal(plugin('aa')?.version, '1.0.1')
  assert.deepEqual(faults(), [])
})

test('a faulty manifest is looked into as far as it goes: its code’s faults come at once', async (t) => {
  const { faults } = await start(t, {
    'a/plugin.yaml': manifest('aa', 'limits: {cpu: 0}'),
    'a/main.ts': "import 'fs'",
  })
  assert.deepEqual(
    faults().map((fault) => fault.split(': ', 1)[0]),
    ['a/plugin.yaml:6:15', 'a/main.ts:1:8'],
  )
})

test('a removed manifest, folder or directory removes the plugin', async (t) => {
  const { registry, path, names, faults, write } = await start(t, {
    'a.yaml': inline('aa'),
    'b/plugin.yaml': inline('bb'),
  })
  rmSync(join(path, 'a.yaml'))
  assert.deepEqual(
    (await registry.reload()).removed.map(({ name }) => name),
    ['aa'],
  )
  rmSync(path, { recursive: true })
  await registry.reload()
  assert.deepEqual(names(), [])
  assert.match(faults().join(), /this plugin directory does not exist/)
  write({ 'c.yaml': inline('cc') })
  await registry.reload()
  assert.deepEqual([names(), faults()], [['cc'], []])
})

test('links out of the directory are refused, for manifests and folders', async (t) => {
  const outside = pluginFolder(t, { 'x.yaml': inline('xx'), 'y/plugin.yaml': inline('y') })
  const { registry, path, names, faults } = await start(t, {})
  symlinkSync(join(outside.path, 'x.yaml'), join(path, 'x.yaml'))
  symlinkSync(join(outside.path, 'y'), join(path, 'y'))
  symlinkSync('nowhere', join(path, 'z.yaml'))
  await registry.reload()
  assert.deepEqual(names(), [])
  assert.deepEqual(
    faults().map((fault) => fault.replace(/ — .*/, '')),
    [
      'x.yaml:1:1: this file is a link that leads outside its folder',
      'y/plugin.yaml:1:1: this file is a link that leads outside its folder',
      'z.yaml:1:1: this file does not exist',
    ],
  )
})

test('the operator’s configuration goes over the manifest’s, and is a change', async (t) => {
  const { registry, settings, plugin } = await start(t, {
    'a.yaml': inline('aa', 'export default 1', 'config: {x: 1, y: 2}'),
  })
  const { digest } = plugin('aa') ?? {}
  settings.overrides = { aa: { y: 3 } }
  const { changed } = await registry.reload()
  assert.deepEqual(
    changed.map(({ after }) => after.config),
    [{ x: 1, y: 3 }],
  )
  assert.equal(plugin('aa')?.digest, digest)
})

test('the digest covers manifest and code, the other one capabilities alone', async (t) => {
  const { registry, write, plugin } = await start(t, {
    'a.yaml': inline('aa', 'export default 1', 'capabilities: {store: {}}'),
  })
  const first = plugin('aa')
  write({ 'a.yaml': `# a comment\n${inline('aa', 'export default 1', 'capabilities: {store: {quota: 1024KiB}}')}` })
  await registry.reload()
  assert.equal(plugin('aa')?.capabilitiesDigest, first?.capabilitiesDigest)
  write({ 'a.yaml': inline('aa', 'export default 2', 'capabilities: {store: {}}') })
  await registry.reload()
  assert.notEqual(plugin('aa')?.digest, first?.digest)
  assert.equal(plugin('aa')?.capabilitiesDigest, first?.capabilitiesDigest)
})

test('grants: given, taken away, and broken', async (t) => {
  const tried: string[] = []
  const { registry, plugin, grant, faults, write } = await start(
    t,
    { 'a.yaml': inline('aa', 'export default 1', 'capabilities: {store: {}}') },
    async ({ name }) => (tried.push(name), null),
  )
  assert.equal(plugin('aa')?.state, 'awaiting-grant')
  await registry.reload()
  assert.deepEqual(tried, [], 'what awaits its grant is not run, not even for a trial')

  grant(grantOf(plugin('aa')))
  await registry.reload()
  assert.deepEqual([plugin('aa')?.state, tried], ['ready', ['aa']])

  grant('grants: [')
  await registry.reload()
  assert.equal(plugin('aa')?.state, 'ready')
  assert.match(faults().join(), /grants\.yaml:\d+:\d+: /)

  // Also a plugin that stays only because its new version is broken loses its grant.
  write({ 'a.yaml': 'broken' })
  grant(withoutGrant(grantOf(plugin('aa')), 'aa'))
  await registry.reload()
  assert.equal(plugin('aa')?.state, 'awaiting-grant')
})

test('under strict isolation changed code waits for a new grant', async (t) => {
  const { registry, settings, plugin, grant, write } = await start(t, { 'a.yaml': inline('aa') })
  settings.strict = true
  await registry.reload()
  assert.equal(plugin('aa')?.state, 'awaiting-grant')
  grant(grantOf(plugin('aa')))
  await registry.reload()
  assert.equal(plugin('aa')?.state, 'ready')
  write({ 'a.yaml': inline('aa', 'export default 2') })
  await registry.reload()
  assert.equal(plugin('aa')?.state, 'awaiting-grant')
})

const UNFIT: Fault = { file: 'a.yaml', line: 1, column: 1, what: 'does not start', cure: 'mend it' }

test('a plugin that does not start stays out, what was there stays, and it is tried again', async (t) => {
  let verdict: Fault | null = UNFIT
  const tried: string[] = []
  const { registry, plugin, names, faults, write, path } = await start(
    t,
    { 'a.yaml': inline('aa') },
    async (next, last) => {
      tried.push(`${last?.version}>${next.version}`)
      return verdict
    },
  )
  assert.equal(tried.length, 0, 'at start nothing is tried')
  const good = plugin('aa')
  write({ 'a.yaml': inline('aa').replace('1.0.0', '2.0.0'), 'b.yaml': inline('bb') })
  await registry.reload()
  assert.deepEqual(tried.toSorted(), ['1.0.0>2.0.0', 'undefined>1.0.0'])
  assert.equal(plugin('aa'), good)
  assert.deepEqual(names(), ['aa'])
  assert.deepEqual(faults(), [describeFault(UNFIT), describeFault(UNFIT)])

  write({ 'a.yaml': inline('renamed') })
  rmSync(join(path, 'b.yaml'))
  await registry.reload()
  assert.deepEqual(names(), ['aa'], 'the file’s old plugin goes on under its old name')

  verdict = null
  await registry.reload()
  assert.deepEqual([names(), faults()], [['renamed'], []])
})

test('a slow trial delays neither another’s removal nor another’s change', async (t) => {
  const trial = Promise.withResolvers<Fault | null>()
  const { registry, names, write, path, plugin } = await start(
    t,
    { 'a.yaml': inline('aa'), 'b.yaml': inline('bb') },
    async ({ name }) => (name === 'slow' ? trial.promise : null),
  )
  write({ 'slow.yaml': inline('slow') })
  const slow = registry.reload()
  rmSync(join(path, 'a.yaml'))
  write({ 'b.yaml': inline('bb').replace('1.0.0', '2.0.0') })
  while (names().includes('aa') || plugin('bb')?.version !== '2.0.0') {
    await Promise.race([registry.reload(), new Promise((resolve) => setImmediate(resolve))])
  }
  assert.deepEqual(names(), ['bb'])
  trial.resolve(null)
  await slow
  assert.deepEqual(names(), ['bb', 'slow'])
})

test('a trial that fails in an unforeseen way is a fault', async (t) => {
  const { registry, names, faults, write } = await start(t, {}, async () => Promise.reject(new Error('secret detail')))
  write({ 'a.yaml': inline('aa') })
  await registry.reload()
  assert.deepEqual(names(), [])
  assert.match(faults().join(), /^a\.yaml:1:1: this plugin could not be tried/)
})

test('collisions: both at start, the newcomer later, and a renamed file is no collision', async (t) => {
  const { registry, path, names, faults, write } = await start(t, { 'a.yaml': inline('xx'), 'b.yaml': inline('xx') })
  assert.deepEqual(names(), [])
  assert.match(faults()[0] ?? '', /^a\.yaml:2:7: .*"xx".*b\.yaml/)
  assert.match(faults()[1] ?? '', /^b\.yaml:2:7: .*"xx".*a\.yaml/)
  rmSync(join(path, 'b.yaml'))
  await registry.reload()
  write({ 'c.yaml': inline('xx') })
  await registry.reload()
  assert.deepEqual([names(), faults().length], [['xx'], 1])
  assert.match(faults()[0] ?? '', /^c\.yaml:2:7: /)
  rmSync(join(path, 'c.yaml'))
  mkdirSync(join(path, 'x'))
  renameSync(join(path, 'a.yaml'), join(path, 'x/plugin.yaml'))
  await registry.reload()
  assert.deepEqual([names(), faults()], [['xx'], []])
})

test('whatever one plugin brings about, the others load', async (t) => {
  const { path } = pluginFolder(t, { 'bad.yaml': manifest('bad'), 'good.yaml': inline('good') })
  const powers = readPowers(t)
  const registry = createRegistry({
    powers: {
      ...powers,
      readManifest: (text, file) => {
        if (file.endsWith('bad.yaml')) throw new RangeError('unforeseen')
        return powers.readManifest(text, file)
      },
    },
    settings: () => ({ directories: [path], overrides: {}, strict: false, grantsFile: join(path, 'grants.none') }),
    admit: async () => null,
  })
  const { added, faults } = await registry.reload()
  assert.deepEqual(
    added.map(({ name }) => name),
    ['good'],
  )
  assert.match(faults.map(describeFault).join(), /bad\.yaml:1:1: this plugin cannot be loaded \(RangeError\)/)
})

test('300 plugins load, and a reload pays only for what changed', { timeout: 60_000 }, async (t) => {
  const { path, write } = pluginFolder(t)
  for (let index = 0; index < 300; index++) {
    write({ [`p${index}/plugin.yaml`]: manifest(`plugin-${index}`), [`p${index}/main.ts`]: `${CODE}// ${index}` })
  }
  const { files, strip, readManifest } = readPowers(t)
  const work: string[] = []
  const registry = createRegistry({
    powers: {
      files,
      strip: (source) => (work.push('strip'), strip(source)),
      readManifest: (text, file) => (work.push('manifest'), readManifest(text, file)),
    },
    settings: () => ({ directories: [path], overrides: {}, strict: false, grantsFile: join(path, 'grants.none') }),
    admit: async () => null,
  })
  const { added, faults } = await registry.reload()
  assert.deepEqual([added.length, faults, work.length], [300, [], 600])
  write({ 'p7/main.ts': CODE })
  const { changed } = await registry.reload()
  assert.deepEqual(
    changed.map(({ after }) => after.name),
    ['plugin-7'],
  )
  assert.deepEqual(work.slice(600), ['strip'])
})
