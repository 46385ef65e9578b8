import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createFiles } from '../../../supervisor/io/files.ts'
import { pluginFolder } from '../../support/plugin-folder.ts'

const { list, read } = createFiles()

test('entries are what they lead to, sorted', async (t) => {
  const { path } = pluginFolder(t, { 'b.yaml': '', 'a/x': '' })
  symlinkSync('a', join(path, 'c'))
  symlinkSync('gone', join(path, 'd'))
  assert.deepEqual(await list(path), {
    entries: [
      { name: 'a', kind: 'folder' },
      { name: 'b.yaml', kind: 'file' },
      { name: 'c', kind: 'folder' },
      { name: 'd', kind: 'other' },
    ],
  })
  assert.deepEqual(await list(join(path, 'nowhere')), { refused: 'missing' })
  assert.deepEqual(await list(join(path, 'b.yaml')), { refused: 'missing' })
})

test('a file is read whole up to its limit, and not beyond', async (t) => {
  const { path } = pluginFolder(t, { 'a.txt': '12345', empty: '' })
  const size = async (name: string, max: number) => {
    const result = await read(join(path, name), path, max)
    return 'bytes' in result ? result.bytes.length : result.refused
  }
  assert.deepEqual([await size('a.txt', 5), await size('a.txt', 4), await size('empty', 0)], [5, 'too-large', 0])
})

test('nothing is read outside the folder, not even of a folder whose name begins the same', async (t) => {
  const { path } = pluginFolder(t, { 'in/a': 'x', 'in-other/b': 'x' })
  const within = join(path, 'in')
  assert.deepEqual(await read(join(path, 'in-other/b'), within, 9), { refused: 'outside' })
  assert.deepEqual(await read(join(within, '../in-other/b'), within, 9), { refused: 'outside' })
  assert.deepEqual(await read(within, within, 9), { refused: 'outside' })
  assert.ok('bytes' in (await read(join(within, '../in/a'), within, 9)))
})

test('what is no file is refused, and no descriptor stays open', async (t) => {
  const { path } = pluginFolder(t, { 'a/b': '' })
  mkdirSync(join(path, 'c'))
  const before = readdirSync('/proc/self/fd').length
  assert.deepEqual(await read(join(path, 'c'), path, 9), { refused: 'not-a-file' })
  assert.deepEqual(await read(join(path, 'gone'), path, 9), { refused: 'missing' })
  assert.equal(readdirSync('/proc/self/fd').length, before)
})
