import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { watchFolders, type WatchOptions } from '../../../supervisor/io/watch.ts'
import { pluginFolder } from '../../support/plugin-folder.ts'

const HOURS = 3_600_000

/** `after` makes a change and settles when it has been told. */
async function watching(t: TestContext, folders: readonly string[], options: WatchOptions) {
  let told = Promise.withResolvers<void>()
  let count = 0
  const watch = watchFolders(
    folders,
    () => {
      count += 1
      told.resolve()
    },
    options,
  )
  t.after(() => watch.close())
  await watch.ready
  const after = async (change: () => void) => {
    told = Promise.withResolvers()
    change()
    await told.promise
  }
  return { after, count: () => count, close: () => watch.close() }
}

test('events: files, folders and what is in new folders', { timeout: 20_000 }, async (t) => {
  const { path } = pluginFolder(t, { 'a/plugin.yaml': 'x' })
  const { after } = await watching(t, [path], { quiet: 10, interval: HOURS })
  await after(() => writeFileSync(join(path, 'b.yaml'), 'x'))
  await after(() => writeFileSync(join(path, 'a/plugin.yaml'), 'y'))
  await after(() => chmodSync(join(path, 'b.yaml'), 0o600))
  await after(() => mkdirSync(join(path, 'c')))
  await after(() => writeFileSync(join(path, 'c/plugin.yaml'), 'x'))
  await after(() => {
    writeFileSync(join(path, 'c/.plugin.yaml.new'), 'y')
    renameSync(join(path, 'c/.plugin.yaml.new'), join(path, 'c/plugin.yaml'))
  })
  await after(() => rmSync(join(path, 'c'), { recursive: true }))
})

test('looks: where no event comes, and for folders that vanish and come back', { timeout: 20_000 }, async (t) => {
  const { path } = pluginFolder(t)
  const folder = join(path, 'plugins.d')
  const { after } = await watching(t, [folder], { quiet: 10, interval: 20 })
  await after(() => mkdirSync(folder))
  await after(() => writeFileSync(join(folder, 'a.yaml'), 'x'))
  await after(() => rmSync(folder, { recursive: true }))
  await after(() => mkdirSync(folder))
  await after(() => writeFileSync(join(folder, 'a.yaml'), 'y'))
  await after(() => renameSync(folder, `${folder}.old`))
  await after(() => renameSync(`${folder}.old`, folder))
})

test('many changes at once are told once; an unceasing stream is told too', { timeout: 20_000 }, async (t) => {
  const { path } = pluginFolder(t)
  const { after, count } = await watching(t, [path], { quiet: 200, patience: HOURS, interval: HOURS })
  await after(() => {
    for (let index = 0; index < 50; index++) writeFileSync(join(path, `${index}.yaml`), 'x')
  })
  assert.equal(count(), 1)

  const stream = await watching(t, [path], { quiet: HOURS, patience: 50, interval: HOURS })
  await stream.after(() => writeFileSync(join(path, 'log'), 'x'))
})

test('after close nothing is told', { timeout: 20_000 }, async (t) => {
  const { path } = pluginFolder(t)
  const closed = await watching(t, [path], { quiet: 1, interval: 1 })
  const open = await watching(t, [path], { quiet: 50, interval: HOURS })
  closed.close()
  await open.after(() => writeFileSync(join(path, 'a.yaml'), 'x'))
  assert.equal(closed.count(), 0)
})
