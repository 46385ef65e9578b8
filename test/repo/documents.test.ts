// The READMEs say what the code does: codes, keys, commands, packages and file names are compared both ways, and both say the same.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import packageJson from '../../package.json' with { type: 'json' }
import { ERRORS, isCode } from '../../supervisor/errors.ts'
import { loadSettings } from '../../supervisor/settings.ts'
import { configurationSchema } from '../../supervisor/settings/schema.ts'
import { anchorOf, codeSpans, firstCells, linksOf, sectionsOf, type Section } from '../support/markdown.ts'
import { leavesOf, writtenSchema } from '../support/schema-keys.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const DOCUMENTS = ['README.md', 'README.zh-CN.md', 'plugins/README.md', 'policies/README.md']

const english = sectionsOf(read('README.md'))
const chinese = sectionsOf(read('README.zh-CN.md'))
const guide = sectionsOf(read('plugins/README.md'))
const READMES = [
  { sections: english, language: 'en', unbuilt: 'Not built yet' },
  { sections: chinese, language: 'zh', unbuilt: '尚未实现' },
] as const

/** The section with an English title, or the one that stands in its place. */
function section(title: string, sections: readonly Section[] = english): Section {
  const all = sections === chinese ? english : sections
  const found = sections[all.findIndex((each) => each.title === title)]
  assert.ok(found, `no section ${title}`)
  return found
}

test('both READMEs have the same sections, tables, lists and blocks', () => {
  const shape = (sections: readonly Section[]) =>
    sections.map(({ level, fences, rows, items }) => [level, fences.map(({ info }) => info), rows.length, items])
  assert.ok(english.length > 20)
  assert.deepEqual(shape(chinese), shape(english))
})

test('their commands and files are the same, comments aside', () => {
  const blocks = (sections: readonly Section[]) =>
    sections
      .flatMap(({ fences }) => fences.filter(({ info }) => info !== 'text'))
      .map(({ body }) => body.replaceAll(/ # .*$/gm, ''))
  assert.ok(blocks(english).length >= 8)
  assert.deepEqual(blocks(chinese), blocks(english))
})

for (const { sections, language, unbuilt } of READMES) {
  test(`${language}: every error code with its kind and sentence, and no other`, () => {
    const { rows } = section('Error codes', sections)
    assert.deepEqual(
      rows,
      Object.entries(ERRORS).map(([code, entry]) => [`\`${code}\``, entry.kind, entry[language]]),
    )
  })

  test(`${language}: every key of the configuration with its default, and no other`, () => {
    const wanted = leavesOf(writtenSchema(configurationSchema))
    const { rows } = section('Configuration', sections)
    assert.deepEqual(
      firstCells(section('Configuration', sections)),
      wanted.map(({ path }) => path),
    )
    const scalars = wanted.flatMap((leaf, row) => (typeof leaf.default === 'object' ? [] : [{ ...leaf, row }]))
    for (const { path, default: value, row } of scalars.filter((leaf) => leaf.default !== undefined)) {
      assert.equal(rows[row]?.[1], `\`${value === '' ? '""' : String(value)}\``, path)
    }
  })

  test(`${language}: the keys that do nothing yet are marked, and no other`, () => {
    const lists = [...read('supervisor/settings/unbuilt.ts').matchAll(/path: \[([^\]]+)\]/g)]
    const paths = lists.map(([, list = '']) => list.replaceAll(/[' ]/g, '').replaceAll(',', '.'))
    assert.ok(paths.length > 0)
    const all = firstCells(section('Configuration', sections))
    const { rows } = section('Configuration', sections)
    assert.deepEqual(
      all.filter((_, row) => rows[row]?.[2]?.includes(`**${unbuilt}**`)),
      all.filter((key) => paths.some((path) => key === path || key.startsWith(`${path}.`))),
    )
  })

  test(`${language}: every subcommand, and no other`, () => {
    const help = execFileSync(join(ROOT, 'supervisor/molten'), ['help'], { encoding: 'utf8' })
    const first = (lines: readonly string[]) => new Set(lines.map((line) => line.trim().split(' ')[1]))
    const wanted = first(help.split('\n').filter((line) => line.startsWith('  molten ')))
    assert.ok(wanted.size > 3)
    assert.deepEqual(first(firstCells(section('Command line', sections))), wanted)
  })

  test(`${language}: every package, and no other`, () => {
    const { dependencies, optionalDependencies, devDependencies } = packageJson
    const wanted = [dependencies, optionalDependencies, devDependencies].flatMap((kind) => Object.keys(kind))
    assert.deepEqual([...firstCells(section('Dependencies', sections))].sort(), wanted.sort())
  })
}

test('codes in the text exist', () => {
  const spans = [english, chinese, guide].flatMap(codeSpans).filter((code) => /^[A-Z]{2,}(?:_[A-Z]+)+$/.test(code))
  assert.ok(spans.length > 80)
  assert.deepEqual(
    spans.filter((code) => !isCode(code)),
    [],
  )
})

test('paths in the text exist', () => {
  // What a reader or author makes is not of the repo; neither are patterns.
  const theirs = /^config\.yaml$|^ANY|^plugins\/lunch\//
  const names = new Set(
    globSync('{*,{supervisor,sandbox,plugins,policies,test}/**}', { cwd: ROOT }).map((path) => basename(path)),
  )
  const isPath = /^(?:supervisor|sandbox|plugins|policies|test)\/[\w./-]*$|^[\w./-]+\.(?:ts|yaml|md|json|cedar)$/
  for (const [file, sections, least] of [
    ['README.md', english, 60],
    ['README.zh-CN.md', chinese, 60],
    ['plugins/README.md', guide, 4],
  ] as const) {
    const paths = codeSpans(sections).filter((code) => isPath.test(code) && !theirs.test(code))
    assert.ok(paths.length >= least, `${file}: ${paths.length}`)
    const exists = (path: string) => (path.includes('/') ? existsSync(join(ROOT, path)) : names.has(path))
    assert.deepEqual(
      paths.filter((path) => !exists(path.replace(/^\.\//, ''))),
      [],
      file,
    )
  }
})

test('links between the documents lead somewhere', () => {
  const links = DOCUMENTS.flatMap((from) => linksOf(read(from)).map((link) => ({ from, link })))
  const own = links.filter(({ link }) => !link.startsWith('https:'))
  assert.ok(own.length > 10)
  const broken = own.filter(({ from, link }) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? from : join(dirname(from), path)
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && !sectionsOf(read(target)).some(({ title }) => anchorOf(title) === anchor)
  })
  assert.deepEqual(broken, [])
})

test('the configurations shown load', () => {
  const blocks = english.flatMap(({ fences }) => fences).filter(({ body }) => body.startsWith('# config.yaml'))
  assert.ok(blocks.length > 1)
  for (const { body } of blocks) {
    const file = join(ROOT, 'config.yaml')
    const loaded = loadSettings({
      file,
      root: ROOT,
      read: (path) => ({ text: path === file ? body : 'x', mode: 0o600 }),
    })
    assert.deepEqual('faults' in loaded ? loaded.faults : [], [])
  }
})
