// Reads YAML that a person wrote: strictly, all faults at once, each at its own line and column. The only file that imports `yaml`.
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Document, Pair, Range, Scalar } from 'yaml'
import type { z } from 'zod'
import type { Fault } from './errors.ts'
import { bounded, MAX_FAULTS } from './yaml/bounded.ts'
import { judge, quote } from './yaml/explain.ts'
import type { Path } from './yaml/explain.ts'
import { salvage } from './yaml/salvage.ts'
import { syntaxFaults } from './yaml/syntax.ts'
import type { Place } from './yaml/syntax.ts'

/** Hundreds of times the size of any file that a person wrote by hand. The parser takes some microseconds a byte. */
const MAX_BYTES = 1024 * 1024

/** Where things stand in a document; lines and columns from 1, columns in UTF-16 units. */
export type Source = {
  /** Of a value or of its key; of the nearest mapping or list around it when nothing is written there. */
  position(path: Path, of?: 'key' | 'value'): Place
  has(path: Path): boolean
}

/** `rest` is what of a faulty document still fits the schema, for further checks only; null when too little does. */
export type Read<T> = { value: T; source: Source } | { faults: Fault[]; rest: T | null; source: Source }

/**
 * One YAML 1.2 (core) document of at most `maxBytes` (1 MiB), parsed by `schema`. Never throws. Refused, beside broken syntax:
 * repeated keys, unknown tags, a second document, `%YAML 1.1`, keys that are not plain text, `__proto__`, and aliases and merge keys,
 * because with them a value would not stand where it counts, and a small file could unfold to a huge one.
 */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>, maxBytes = MAX_BYTES): Read<T> {
  const start = { line: 1, column: 1 }
  const nowhere: Source = { position: () => start, has: () => false }
  const refused = (what: string, cure: string): Read<T> => ({
    faults: [{ file, ...start, what, cure }],
    rest: null,
    source: nowhere,
  })
  if (Buffer.byteLength(text) > maxBytes) return refused(`the file is larger than ${maxBytes} bytes`, 'Make it smaller')
  try {
    // A byte order mark takes no column in any editor.
    const answer = read(text.replace(/^\uFEFF/, ''), file, schema)
    return 'faults' in answer ? { ...answer, faults: bounded(answer.faults) } : answer
  } catch (error) {
    // The parser and the schema recurse, so that depth is bounded by the stack.
    if (error instanceof RangeError) return refused('the document is nested too deeply', 'Make it flatter')
    return refused('the document cannot be read', 'Simplify it: mappings, lists, text, numbers')
  }
}

function read<T>(text: string, file: string, schema: z.ZodType<T>): Read<T> {
  const lines = new LineCounter()
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    // Checked in `structure`, because the parser's check takes quadratic time.
    uniqueKeys: false,
    resolveKnownTags: false,
    // Its messages would quote the file, and with it perhaps a secret.
    prettyErrors: false,
    logLevel: 'error',
  })
  const source = locate(document, place)
  const faults = syntaxFaults(file, [...document.errors, ...document.warnings], place)
  const aliased = structure(document, place, (at, what, cure) => faults.push({ file, ...at, what, cure }))
  if (document.errors.length > 0 || aliased) return { faults, rest: null, source }

  const value: unknown = document.toJS({ maxAliasCount: 0 })
  const judged = judge(value, schema)
  if ('value' in judged) return faults.length === 0 ? { ...judged, source } : { faults, rest: judged.value, source }
  const room = judged.complaints.slice(0, MAX_FAULTS + 1)
  faults.push(...room.map(({ path, at, what, cure }) => ({ file, ...source.position(path, at), what, cure })))
  return { faults, rest: salvage(value, judged.complaints, schema), source }
}

/** What is legal YAML and yet refused. Answers whether an alias was seen. */
function structure(document: Document, place: (offset: number) => Place, add: Report): boolean {
  let aliased = false
  if (document.directives?.yaml.version !== '1.2') {
    add({ line: 1, column: 1 }, 'this is not YAML 1.2', 'Remove the %YAML line')
  }
  visit(document, {
    Alias(_, alias) {
      aliased = true
      add(
        place(alias.range?.[0] ?? 0),
        'aliases are not allowed',
        'Write the value out; text that begins with * needs quotes',
      )
    },
    Map(_, map) {
      const seen = new Map<string, Place>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const [name, at] = [String(key.value), place(key.range?.[0] ?? 0)]
        const first = seen.get(name)
        if (first) add(at, `the key ${quote(name)} is repeated`, `Keep one; the first is at line ${first.line}`)
        else seen.set(name, at)
        if (name === '<<') add(at, 'merge keys are not allowed', 'Write the keys out')
        if (name === '__proto__') add(at, 'the key `__proto__` is not allowed', 'Give it another name')
      }
    },
  })
  return aliased
}
type Report = (at: Place, what: string, cure: string) => void

function locate(document: Document, place: (offset: number) => Place): Source {
  const find = (path: Path): { node: unknown; key: Scalar | null; whole: boolean } => {
    let node: unknown = document.contents
    let key: Scalar | null = null
    for (const step of path) {
      const pair: Pair | undefined = isMap(node) ? node.items.find((item) => named(item, String(step))) : undefined
      const inner: unknown = isSeq(node) ? node.items[Number(step)] : pair?.value
      if (pair === undefined && inner === undefined) return { node, key, whole: false }
      node = inner
      key = isScalar(pair?.key) ? pair.key : null
    }
    return { node, key, whole: true }
  }
  return {
    has: (path) => find(path).whole,
    position: (path, of = 'value') => {
      const { node, key, whole } = find(path)
      const value = rangeOf(node)
      // A key without a value has nothing to point at but the key.
      const unwritten = !value || value[0] === value[1]
      const range = key && (unwritten || (of === 'key' && whole)) ? key.range : value
      return place(range?.[0] ?? 0)
    },
  }
}

function named(pair: Pair, name: string): boolean {
  return isScalar(pair.key) && String(pair.key.value) === name
}

function rangeOf(node: unknown): Range | null {
  return isMap(node) || isSeq(node) || isScalar(node) ? (node.range ?? null) : null
}
