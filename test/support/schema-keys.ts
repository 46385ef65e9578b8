// The keys that a schema of ours lets a person write, for comparing a reference with it.
import { z } from 'zod'

type JsonSchema = z.core.JSONSchema.JSONSchema
export type Leaf = { readonly path: string; readonly default: unknown }

/** What a person may write, as JSON Schema: transforms are left out. */
export function writtenSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
}

/** The keys down to whatever is no mapping of known keys, joined by dots. */
export function leavesOf(schema: JsonSchema, path = ''): readonly Leaf[] {
  if (!schema.properties) return [{ path, default: schema.default }]
  return Object.entries(schema.properties).flatMap(([key, inner]) =>
    typeof inner === 'boolean' ? [] : leavesOf(inner, path ? `${path}.${key}` : key),
  )
}
