// plugins/README.md is true: its reference has the manifest's keys and limits, its examples parse, its five minutes are walked to the end.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { LIMITS } from '../../sandbox/limits.ts'
import { table } from '../../supervisor/capabilities/table.ts'
import { manifestSchema } from '../../supervisor/registry/manifest.ts'
import { createManifestReader } from '../../supervisor/registry/read-manifest.ts'
import { bytes, milliseconds } from '../../supervisor/registry/units.ts'
import { firstCells, sectionsOf, type Section } from '../support/markdown.ts'
import { manifest } from '../support/plugin-folder.ts'
import { leavesOf, writtenSchema } from '../support/schema-keys.ts'

const ROOT = join(import.meta.dirname, '../..')
const guide = sectionsOf(readFileSync(join(ROOT, 'plugins/README.md'), 'utf8'))
const schema = manifestSchema(table, () => null)
const { properties: written = {} } = writtenSchema(schema)

function section(title: string): Section {
  const found = guide.find((each) => each.title === title)
  assert.ok(found, `no section ${title}`)
  return found
}

/** A section's own subsections. */
function below(title: string): readonly Section[] {
  const start = guide.indexOf(section(title)) + 1
  const end = guide.findIndex((each, index) => index >= start && each.level === 2)
  return guide.slice(start, end)
}

function keysOf(part: (typeof written)[string] | undefined): readonly string[] {
  assert.ok(typeof part === 'object' && part.properties)
  return Object.keys(part.properties)
}

test('the manifest reference has every key, and no other', () => {
  const { commands } = written
  assert.ok(typeof commands === 'object' && typeof commands.additionalProperties === 'object')
  const wanted = Object.entries(written).flatMap(([key, part]) => {
    if (key === 'limits' && typeof part === 'object') return leavesOf(part, key).map(({ path }) => path)
    return [key]
  })
  const ofCommand = keysOf(commands.additionalProperties).map((key) => `commands.NAME.${key}`)
  assert.ok(wanted.length > 10)
  assert.deepEqual(
    firstCells(section('Manifest reference')),
    wanted.flatMap((key) => (key === 'commands' ? ['commands.NAME', ...ofCommand] : [key])),
  )
})

test('its default limits are those of the schema', () => {
  const args = { apiVersion: 'molten/v1', name: 'some', version: '1.0.0', description: 'some', main: 'main.ts' }
  const { limits } = schema.parse({ ...args, commands: { now: { description: 'some', effect: 'read' } } })
  const shown = section('Manifest reference').rows.flatMap(([key = '', value = '']) =>
    key.startsWith('`limits.') ? [[key.slice('`limits.'.length, -1), value.replaceAll('`', '')] as const] : [],
  )
  assert.equal(shown.length, Object.keys(limits).length)
  const units = new Map([
    ...['memory', 'output'].map((key) => [key, bytes()] as const),
    ...['cpu', 'wall'].map((key) => [key, milliseconds()] as const),
  ])
  const parsed = shown.map(([key, text]) => [key, units.get(key)?.parse(text) ?? Number(text)])
  assert.deepEqual(Object.fromEntries(parsed), limits)
})

test('its limits of a command are those of the sandbox', () => {
  const { calls, callsInFlight, logs, logLine, timerOps } = LIMITS
  const { prose } = section('Limits')
  for (const limit of [calls, callsInFlight, logs, logLine, timerOps]) {
    assert.match(prose, new RegExp(`(?<![\\d,])${limit.toLocaleString('en')}(?![\\d,])`))
  }
  assert.match(prose, new RegExp(` ${LIMITS.request / 2 ** 20} MiB each`))
  assert.match(prose, new RegExp(` ${LIMITS.load / 1000} seconds`))
})

test('every capability has a section with a grant that parses, and http.fetch every key', () => {
  const sections = below('Capabilities and grants')
  assert.deepEqual(
    sections.map(({ title }) => title),
    Object.keys(table),
  )
  const read = createManifestReader(table, () => null)
  for (const { title, fences } of sections) {
    assert.ok(fences[0], title)
    const { manifest: parsed, faults } = read(manifest('some', fences[0].body), 'plugin.yaml')
    assert.deepEqual(faults, [])
    assert.deepEqual(Object.keys(parsed?.capabilities ?? {}), [title])
  }
  const { capabilities } = written
  const http = typeof capabilities === 'object' ? capabilities.properties?.['http.fetch'] : undefined
  assert.ok(typeof http === 'object' && typeof http.items === 'object' && !Array.isArray(http.items))
  assert.deepEqual(firstCells(section('http.fetch')), keysOf(http.items))
})

test('the guest API has a row for each export of molten.d.ts', () => {
  const types = readFileSync(join(ROOT, 'plugins/molten.d.ts'), 'utf8')
  const names = [...types.matchAll(/^ {2}export (?:const|class) (\w+)/gm)].map(([, name = '']) => name)
  assert.ok(names.length > 3)
  const rows = firstCells(section('The guest API'))
  assert.deepEqual(
    names.filter((name) => !rows.some((row) => row === name || row.startsWith(`${name}.`))),
    [],
  )
})

test('five minutes: an author who does what it says gets the answers it shows', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'molten-guide-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(ROOT, 'policies'), join(folder, 'policies'), { recursive: true })
  let files = 0
  let commands = 0
  for (const { fences, title } of below('Five minutes')) {
    let said = ''
    for (const { file, info, body } of fences) {
      if (file !== null) {
        mkdirSync(dirname(join(folder, file)), { recursive: true })
        writeFileSync(join(folder, file), body)
        files += 1
      } else if (info === 'sh') {
        for (const line of body.split('\n').filter((each) => /^molten (?!serve)/.test(each))) {
          const [, ...args] = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
          if (args[1] === 'grant') args.push('--yes')
          said += execFileSync(join(ROOT, 'supervisor/molten'), args, { cwd: folder, encoding: 'utf8' })
          commands += 1
        }
      } else if (info === 'text' && title !== 'Grant it') assert.equal(said, body, title)
    }
  }
  assert.equal(files, 3)
  assert.equal(commands, 4)
})
