// The import law of the design, as a test: imports point inward, a package has one importer, plugins and policies are data.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const ROOMS = ['chat', 'access', 'routing', 'registry', 'capabilities'].map((room) => `supervisor/${room}/`)
/** Where everything may be constructed. */
const COMPOSITION = ['supervisor/main.ts', 'supervisor/doors.ts', 'supervisor/cli/']
/** zod: schemas stand where the data is. piscina's and Node's own worker modules are the platform. */
const ANYWHERE = ['zod']

type Import = { from: string; to: string }

const files = globSync('{supervisor,sandbox}/**/*.ts', { cwd: ROOT })
const STATEMENT = /^(?:import|export)\s[\w\s{},*$]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm
const imports: Import[] = files.flatMap((from) =>
  [...readFileSync(join(ROOT, from), 'utf8').matchAll(STATEMENT)].map(([, named, bare, dynamic]) => ({
    from,
    to: target(from, named ?? bare ?? dynamic ?? ''),
  })),
)

function target(from: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(from), specifier)) : specifier
}

const isPackage = ({ to }: Import): boolean => !/^(?:node:|supervisor\/|sandbox\/|package\.json)/.test(to)
const startsWithAny = (path: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => path.startsWith(prefix))

/** A law: no import may fit it. */
const LAWS: Record<string, (each: Import) => boolean> = {
  'only the composition root and io import io': ({ from, to }) =>
    to.startsWith('supervisor/io/') && !startsWithAny(from, [...COMPOSITION, 'supervisor/io/']),
  'nothing imports the composition root but the command line and itself': ({ from, to }) =>
    startsWithAny(to, COMPOSITION) && !startsWithAny(from, [...COMPOSITION, 'supervisor/admin.ts']),
  'the sandbox imports nothing outside itself': ({ from, to }) =>
    from.startsWith('sandbox/') && to.startsWith('supervisor/'),
  'of the sandbox the supervisor sees protocol and limits only': ({ from, to }) =>
    from.startsWith('supervisor/') &&
    to.startsWith('sandbox/') &&
    to !== 'sandbox/protocol.ts' &&
    to !== 'sandbox/limits.ts',
  'plugins and policies are data': ({ to }) => /^(?:plugins|policies)\//.test(to),
  'rooms do not import the spine': ({ from, to }) =>
    startsWithAny(from, ROOMS) &&
    /^supervisor\/[a-z-]+\.ts$/.test(to) &&
    !['supervisor/errors.ts', 'supervisor/yaml.ts', 'supervisor/secret.ts'].includes(to),
}

test('there is something to judge', () => {
  assert.ok(files.length > 100, `only ${files.length} files`)
  assert.ok(imports.length > 300, `only ${imports.length} imports`)
})

for (const [law, breaks] of Object.entries(LAWS)) {
  test(law, () => {
    assert.deepEqual(
      imports.filter(breaks).map(({ from, to }) => `${from} imports ${to}`),
      [],
    )
  })
}

test('each package is imported by one file', () => {
  const importers = new Map<string, Set<string>>()
  for (const { from, to } of imports.filter(isPackage)) {
    const name = to
      .split('/')
      .slice(0, to.startsWith('@') ? 2 : 1)
      .join('/')
    if (!ANYWHERE.includes(name)) importers.set(name, (importers.get(name) ?? new Set()).add(from))
  }
  assert.ok(importers.size >= 10, `only ${importers.size} packages`)
  assert.deepEqual(
    [...importers].filter(([, from]) => from.size > 1).map(([name, from]) => `${name}: ${[...from].join(', ')}`),
    [],
  )
})

test('the law can be broken: a forbidden import is seen', () => {
  const forbidden = { from: 'supervisor/access/roles.ts', to: 'supervisor/io/sqlite.ts' }
  assert.ok(LAWS['only the composition root and io import io']?.(forbidden))
})
