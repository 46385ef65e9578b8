// A schema with a bit of everything, and what readYaml finds wrong by it in the form `line:column what`.
import assert from 'node:assert/strict'
import { z } from 'zod'
import { readYaml } from '../../supervisor/yaml.ts'

const shape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('circle'), radius: z.number() }),
  z.strictObject({ kind: z.literal('square'), side: z.number() }),
])
export const schema = z.strictObject({
  name: z.string().min(1).max(8),
  port: z.int().min(1).max(99).default(7),
  server: z.strictObject({ host: z.string(), allowed_origins: z.array(z.string()).optional() }).optional(),
  mode: z.enum(['strict', 'best-effort']).optional(),
  items: z.array(z.strictObject({ key: z.string() })).optional(),
  config: z.record(z.string().regex(/^[a-z]+$/, 'is no name — Use small letters'), z.json()).optional(),
  either: z.union([z.string(), z.strictObject({ file: z.string() })]).optional(),
  shape: shape.optional(),
})

export function faultsOf(text: string): string[] {
  const read = readYaml(text, 'f.yaml', schema)
  assert.ok('faults' in read, 'expected faults')
  return read.faults.map(({ file, line, column, what }) => {
    assert.equal(file, 'f.yaml')
    return `${line}:${column} ${what}`
  })
}

export function cureOf(text: string): string {
  const read = readYaml(text, 'f.yaml', schema)
  assert.ok('faults' in read && read.faults[0], 'expected a fault')
  return read.faults[0].cure
}
