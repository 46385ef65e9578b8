// Real files, the real watch, the real registry: what an operator does in a plugin directory, and what comes of it.
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { describeFault } from '../../supervisor/errors.ts'
import { watchFolders } from '../../supervisor/io/watch.ts'
import { withGrant, writeGrants } from '../../supervisor/registry/grant-text.ts'
import type { Snapshot } from '../../supervisor/registry/plugin.ts'
import { createRegistry } from '../../supervisor/registry/registry.ts'
import { CODE, manifest, pluginFolder, readPowers } from '../support/plugin-folder.ts'

async function start(t: TestContext, files: Record<string, string>) {
  const { path, write } = pluginFolder(t, files)
  const policies = pluginFolder(t)
  const grantsFile = join(policies.path, 'grants.yaml')
  const registry = createRegistry({
    powers: readPowers(t),
    settings: () => ({ directories: [path], overrides: {}, strict: false, grantsFile }),
    admit: async () => null,
  })
  let wake: () => void = () => undefined
  const watch = watchFolders([path, policies.path], () => {
    registry.reload().then(
      () => wake(),
      (error: unknown) => assert.fail(String(error)),
    )
  })
  t.after(() => watch.close())
  await watch.ready
  await registry.reload()

  /** Makes a change and waits until the snapshot is as wished; the milliseconds that it took. */
  const until = async (change: () => void, wished: (snapshot: Snapshot, faults: readonly string[]) => boolean) => {
    const began = performance.now()
    change()
    for (;;) {
      const snapshot = registry.snapshot()
      const faults = snapshot.faults.map((fault) => describeFault(fault).replace(`${path}/`, ''))
      if (wished(snapshot, faults)) return performance.now() - began
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { path, write, until, registry, grantsFile }
}

test('dropping, changing and removing a plugin takes effect within two seconds', { timeout: 60_000 }, async (t) => {
  const { path, write, until } = await start(t, {})
  const took = [
    await until(
      () => write({ 'weather/plugin.yaml': manifest('weather'), 'weather/main.ts': CODE }),
      ({ plugins }) => plugins.has('weather'),
    ),
    await until(
      () => write({ 'weather/main.ts': `${CODE}// changed` }),
      ({ plugins }) => plugins.get('weather')?.modules['main.ts']?.endsWith('changed') === true,
    ),
    await until(
      () => write({ 'note.yaml': manifest('note', 'source: "export default 1"') }),
      ({ plugins }) => plugins.size === 2,
    ),
    await until(
      () => rmSync(join(path, 'weather'), { recursive: true }),
      ({ plugins }) => !plugins.has('weather'),
    ),
  ]
  for (const milliseconds of took) assert.ok(milliseconds < 2_000, `${milliseconds} ms`)
})

test('a broken change says where, and the old one goes on until the cure', { timeout: 60_000 }, async (t) => {
  const good = { 'weather/plugin.yaml': manifest('weather'), 'weather/main.ts': CODE }
  const { write, until, registry } = await start(t, good)
  const running = registry.snapshot().plugins.get('weather')
  await until(
    () => write({ 'weather/plugin.yaml': manifest('weather').replace('effect: read', 'effect: raed') }),
    (_, faults) => /^weather\/plugin\.yaml:6:\d+: .*Did you mean `read`/.test(faults[0] ?? ''),
  )
  assert.equal(registry.snapshot().plugins.get('weather'), running)
  await until(
    () => write({ ...good, 'weather/main.ts': "import '../other/main.ts'" }),
    (_, faults) => /^weather\/main\.ts:1:8: .*outside the plugin’s folder/.test(faults[0] ?? ''),
  )
  assert.equal(registry.snapshot().plugins.get('weather'), running)
  await until(
    () => write(good),
    (_, faults) => faults.length === 0,
  )
  assert.equal(registry.snapshot().plugins.get('weather'), running)
})

test('code that a link fetches from elsewhere does not load', { timeout: 60_000 }, async (t) => {
  const outside = pluginFolder(t, { 'main.ts': CODE })
  const { path, until, registry } = await start(t, {})
  await until(
    () => {
      mkdirSync(join(path, 'weather'))
      symlinkSync(join(outside.path, 'main.ts'), join(path, 'weather/main.ts'))
      writeFileSync(join(path, 'weather/plugin.yaml'), manifest('weather'))
    },
    (_, faults) => /^weather\/plugin\.yaml:5:7: .*leads outside/.test(faults[0] ?? ''),
  )
  assert.equal(registry.snapshot().plugins.size, 0)
})

test('a name that is taken is the newcomer’s fault', { timeout: 60_000 }, async (t) => {
  const { write, until, registry } = await start(t, { 'one.yaml': manifest('same', 'source: "export default 1"') })
  await until(
    () => write({ 'a-newcomer.yaml': manifest('same', 'source: "export default 2"') }),
    (_, faults) => /^a-newcomer\.yaml:2:7: .*one\.yaml/.test(faults[0] ?? ''),
  )
  assert.match(registry.snapshot().plugins.get('same')?.file ?? '', /one\.yaml$/)
})

test('granting and revoking take effect like any other change', { timeout: 60_000 }, async (t) => {
  const { until, registry, grantsFile } = await start(t, {
    'kept.yaml': manifest('kept', 'capabilities: {store: {}}', 'source: "export default 1"'),
  })
  const kept = registry.snapshot().plugins.get('kept')
  assert.equal(kept?.state, 'awaiting-grant')
  const stateIs = (state: string) => (snapshot: Snapshot) => snapshot.plugins.get('kept')?.state === state
  await until(() => {
    writeFileSync(`${grantsFile}.new`, writeGrants(withGrant({}, kept, 'terminal:root', '2026-01-31T10:00:00.000Z')))
    renameSync(`${grantsFile}.new`, grantsFile)
  }, stateIs('ready'))
  await until(() => rmSync(grantsFile), stateIs('awaiting-grant'))
})

test('a plugin directory that is moved away and back is followed', { timeout: 60_000 }, async (t) => {
  const { path, until, write } = await start(t, { 'one.yaml': manifest('one', 'source: "export default 1"') })
  await until(
    () => renameSync(path, `${path}.away`),
    ({ plugins }, faults) => plugins.size === 0 && faults.length === 1,
  )
  await until(
    () => renameSync(`${path}.away`, path),
    ({ plugins }, faults) => plugins.size === 1 && faults.length === 0,
  )
  await until(
    () => write({ 'two.yaml': manifest('two', 'source: "export default 2"') }),
    ({ plugins }) => plugins.size === 2,
  )
})
