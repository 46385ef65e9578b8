import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { describeFault } from '../../../supervisor/errors.ts'
import { readModules } from '../../../supervisor/registry/modules.ts'
import { pluginFolder, readPowers } from '../../support/plugin-folder.ts'

/** Reads `main.ts` of a folder with these files; faults as text, with paths from the folder on. */
async function readFrom(t: TestContext, files: Record<string, string>, prepare?: (folder: string) => void) {
  const { path: folder } = pluginFolder(t, files)
  prepare?.(folder)
  const place = { file: join(folder, 'plugin.yaml'), line: 5, column: 7 }
  const read = await readModules({ folder, main: 'main.ts', place, inline: null }, readPowers(t))
  if ('modules' in read) return { ...read, faults: [] }
  const modules: Readonly<Record<string, string>> = {}
  return { modules, faults: read.faults.map((fault) => describeFault(fault).replace(`${folder}/`, '')) }
}

test('all that main reaches is read, types gone, positions kept', async (t) => {
  const { modules, faults } = await readFrom(t, {
    'main.ts': "import { Plugin } from 'molten'\nimport { b } from './lib/b.ts'\nexport default (x: number) => b + x",
    'lib/b.ts': "export * from '../c.js'\nexport const b: number = 1",
    'c.js': "import '../main.ts'".replace('../', './'),
    'unused.ts': 'enum Broken {}',
  })
  assert.deepEqual(faults, [])
  assert.deepEqual(Object.keys(modules), ['main.ts', 'lib/b.ts', 'c.js'])
  assert.equal(modules['lib/b.ts'], "export * from '../c.js'\nexport const b         = 1")
})

test('types alone are not followed', async (t) => {
  const { modules } = await readFrom(t, {
    'main.ts': "import type { A } from './gone.ts'\nexport type { B } from '/x'",
  })
  assert.deepEqual(Object.keys(modules), ['main.ts'])
})

test('every import that may not be is a fault at its place', async (t) => {
  const { faults } = await readFrom(t, {
    'main.ts': [
      "import fs from 'node:fs'",
      "import _ from 'lodash'; import x from '../outside.ts'",
      "import data from './data.json' with { type: 'json' }",
      "  export { y } from './gone.ts'",
      "const z = await import('./a.ts')",
      'const here = import.meta.url',
      "import { ok } from './sub/deep.ts'",
    ].join('\n'),
    'sub/deep.ts': "import '../../up.ts'\nimport './shape'",
  })
  const places = faults.map((fault) => fault.split(': ', 1)[0] ?? '')
  assert.deepEqual(places.toSorted(), [
    'main.ts:1:16',
    'main.ts:2:15',
    'main.ts:2:39',
    'main.ts:3:1',
    'main.ts:4:21',
    'main.ts:5:17',
    'main.ts:6:14',
    'sub/deep.ts:1:8',
    'sub/deep.ts:2:8',
  ])
})

test('text that looks like an import is none', async (t) => {
  const { faults } = await readFrom(t, {
    'main.ts': "const s = \"import('x')\" // import.meta\nexport const r = /import('y')/",
  })
  assert.deepEqual(faults, [])
})

test('a syntax error stands at the author’s line and column', async (t) => {
  const { faults } = await readFrom(t, {
    'main.ts': "import './a.ts'\nimport './b.js'\nexport const 天气: string = @ ; 1",
    'a.ts': '\n\tenum A {}',
    'b.js': 'export const a = {\n',
  })
  assert.match(faults[0] ?? '', /^main\.ts:3:29: Expected ident/)
})

test('syntax that would need code generated is refused, in every module', async (t) => {
  const { faults } = await readFrom(t, {
    'main.ts': "import './a.ts'\nimport './b.js'",
    'a.ts': '\n\tenum A {}',
    'b.js': 'export const a = {\n',
  })
  assert.match(faults[0] ?? '', /^a\.ts:2:2: .*enum/)
  assert.match(faults[1] ?? '', /^b\.js:1:1: this is not a JavaScript module/)
})

test('nothing outside the folder is read, whatever a link says', async (t) => {
  const outside = pluginFolder(t, { 'secret.ts': 'export const secret = 1', 'lib/x.ts': 'export const x = 1' }).path
  const links: Record<string, (folder: string) => void> = {
    'a linked file': (folder) => symlinkSync(join(outside, 'secret.ts'), join(folder, 'a.ts')),
    'a linked folder': (folder) => {
      symlinkSync(join(outside, 'lib'), join(folder, 'lib'))
      writeFileSync(join(folder, 'a.ts'), "import './lib/x.ts'")
    },
    'a link to its neighbour’s link': (folder) => {
      symlinkSync(join(outside, 'secret.ts'), join(folder, 'b.ts'))
      symlinkSync('b.ts', join(folder, 'a.ts'))
    },
  }
  for (const [name, link] of Object.entries(links)) {
    const { faults } = await readFrom(t, { 'main.ts': "import './a.ts'" }, link)
    assert.match(faults.join(), /is a link that leads outside its folder/, name)
  }
})

test('a link inside the folder is followed', async (t) => {
  const { faults, modules } = await readFrom(t, { 'main.ts': "import './a.ts'", 'b.ts': 'export {}' }, (folder) =>
    symlinkSync('b.ts', join(folder, 'a.ts')),
  )
  assert.deepEqual(faults, [])
  assert.deepEqual(Object.keys(modules), ['main.ts', 'a.ts'])
})

test('only regular files are read, and reading never hangs', { timeout: 10_000 }, async (t) => {
  const pipe = (folder: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'a.ts')])
  const folderThere = (folder: string) => mkdirSync(join(folder, 'a.ts'))
  const device = (folder: string) => symlinkSync('/dev/zero', join(folder, 'a.ts'))
  for (const prepare of [pipe, folderThere, device]) {
    const { faults } = await readFrom(t, { 'main.ts': "import './a.ts'" }, prepare)
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', /^main\.ts:1:8: "a\.ts" (is not a regular file|is a link that leads outside)/)
  }
})

test('a plugin has at most 64 modules and 1 MiB', async (t) => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, index) => [
        index === 0 ? 'main.ts' : `m${index}.ts`,
        index === length - 1 ? 'export {}' : `import './m${index + 1}.ts'`,
      ]),
    )
  assert.deepEqual((await readFrom(t, chain(64))).faults, [])
  assert.match((await readFrom(t, chain(65))).faults.join(), /^plugin\.yaml:5:7: the plugin has more than 64 modules/)

  const half = `export const text = '${'x'.repeat(600_000)}'`
  const big = { 'main.ts': "import './a.js'\nimport './b.js'", 'a.js': half, 'b.js': half }
  assert.match((await readFrom(t, big)).faults.join(), /^main\.ts:2:8: the plugin has more than 1 MiB of code/)
  assert.match((await readFrom(t, { 'main.ts': half + half })).faults.join(), /"main\.ts" is too large/)
})

test('what is not UTF-8, missing or endless in faults is told shortly', async (t) => {
  const bytes = (folder: string) => writeFileSync(join(folder, 'main.ts'), new Uint8Array([0x61, 0xff]))
  assert.match((await readFrom(t, {}, bytes)).faults.join(), /^plugin\.yaml:5:7: "main\.ts" is not UTF-8 text/)
  assert.match((await readFrom(t, {})).faults.join(), /^plugin\.yaml:5:7: "main\.ts" does not exist/)
  assert.equal((await readFrom(t, { 'main.ts': "import 'x'\n".repeat(40_000) })).faults.length, 50)
})

test('a file that breaks the stripper breaks no other', async (t) => {
  const { faults } = await readFrom(t, {
    'main.ts': "import './deep.ts'\nimport './fine.ts'",
    'deep.ts': '['.repeat(100_000),
    'fine.ts': 'export const fine: number = 1',
  })
  assert.equal(faults.length, 1)
  assert.match(faults[0] ?? '', /^deep\.ts:1:1: this TypeScript nests too deeply/)
})

test('a hard link is a file like any other', async (t) => {
  const { faults } = await readFrom(t, { 'main.ts': "import './a.ts'", 'b.ts': 'export {}' }, (folder) =>
    linkSync(join(folder, 'b.ts'), join(folder, 'a.ts')),
  )
  assert.deepEqual(faults, [])
})
