// What of JSON Schema a rule can see: the types that Cedar knows, and the passage of a value into one. It never guesses: a shape
// that Cedar cannot express has no type, a value that its type cannot hold has no passage.

export type CedarType =
  | { readonly type: 'String' | 'Boolean' | 'Long' }
  | { readonly type: 'Entity'; readonly name: string }
  | { readonly type: 'Set'; readonly element: CedarType }
  | RecordType
export type RecordType = { readonly type: 'Record'; readonly attributes: Readonly<Record<string, Attribute>> }
export type Attribute = CedarType & { readonly required: boolean }

export type CedarValue = boolean | number | string | CedarValue[] | { [name: string]: CedarValue }
export type JsonSchema = Readonly<Record<string, unknown>>

// No argument that a person gives in a chat nests deeper, and a schema that refers to itself must end.
const DEEPEST = 8
const SCALARS: Readonly<Record<string, CedarType>> = Object.freeze({
  string: { type: 'String' },
  boolean: { type: 'Boolean' },
  integer: { type: 'Long' },
})

/** The Cedar type of every value that `schema` admits, or null: fractions, null, unions, mixed arrays and free maps have none. */
export function cedarType(schema: unknown, depth = 0): CedarType | null {
  if (!isMapping(schema) || depth > DEEPEST) return null
  const kind = kindOf(schema)
  if (kind === 'array') {
    const element = 'prefixItems' in schema ? null : cedarType(schema['items'], depth + 1)
    return element && { type: 'Set', element }
  }
  if (kind === 'object') {
    const closed = schema['additionalProperties'] === false && !('patternProperties' in schema)
    return closed && isMapping(schema['properties']) ? recordType(schema, depth + 1) : null
  }
  return Object.hasOwn(SCALARS, kind) ? (SCALARS[kind] ?? null) : null
}

/** The expressible properties of an object schema; the others are absent, so that no rule can name them. */
export function recordType(schema: JsonSchema, depth = 0): RecordType {
  const properties = isMapping(schema['properties']) ? schema['properties'] : {}
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  const attributes: Record<string, Attribute> = {}
  for (const [name, property] of Object.entries(properties)) {
    // Cedar's JSON reads `__entity` and `__extn` as something other than a record's attribute.
    const type = name.startsWith('__') ? null : cedarType(property, depth)
    if (type) attributes[name] = { ...type, required: required.includes(name) }
  }
  return { type: 'Record', attributes }
}

/** `value` as Cedar takes it, with only what `type` declares; undefined when it does not fit. A person's id stands for its entity. */
export function express(type: CedarType, value: unknown): CedarValue | undefined {
  if (type.type === 'Record') return expressRecord(type, value)
  if (type.type === 'Set') {
    const elements = Array.isArray(value) ? value.map((element) => express(type.element, element)) : [undefined]
    return elements.every((element) => element !== undefined) ? elements : undefined
  }
  if (type.type === 'Boolean') return typeof value === 'boolean' ? value : undefined
  // Beyond this a JavaScript number is no longer the number that was written; Cedar's Long is wider.
  if (type.type === 'Long') return Number.isSafeInteger(value) ? Number(value) : undefined
  // Text that is not well-formed would be changed on its way into WebAssembly.
  if (typeof value !== 'string' || !value.isWellFormed()) return undefined
  return type.type === 'Entity' ? { __entity: { type: type.name, id: value } } : value
}

/** `express` for records: only the declared attributes of `value`, each in its type. */
export function expressRecord({ attributes }: RecordType, value: unknown): Record<string, CedarValue> | undefined {
  if (!isMapping(value)) return undefined
  const record: Record<string, CedarValue> = {}
  for (const [name, attribute] of Object.entries(attributes)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given === undefined && !attribute.required) continue
    const expressed = express(attribute, given)
    if (expressed === undefined) return undefined
    record[name] = expressed
  }
  return record
}

/** A schema may leave its type to its `enum` or `const`, when their values are of one. */
function kindOf(schema: JsonSchema): string {
  if ('type' in schema) return typeof schema['type'] === 'string' ? schema['type'] : 'union'
  const values: readonly unknown[] = Array.isArray(schema['enum']) ? schema['enum'] : [schema['const']]
  const kinds = new Set(values.map((value) => (Number.isInteger(value) ? 'integer' : typeof value)))
  const [kind = 'none'] = kinds
  return kinds.size === 1 && Object.hasOwn(SCALARS, kind) ? kind : 'union'
}

function isMapping(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
