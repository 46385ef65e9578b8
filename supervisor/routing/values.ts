// Turns typed words into the JSON values that a schema asks for; never judges them: what does not fit stays text.
type Schema = Readonly<Record<string, unknown>>
export type Typed = { readonly value: string; readonly quoted: boolean }

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  是: true,
  false: false,
  no: false,
  否: false,
}
// Deeper nesting of references and alternatives than anybody writes by hand.
const MAX_LOOKUP = 8

/** The JSON types that `schema` lets a value have; empty when it does not say. `root` resolves `#/$defs/…`. */
export function typesOf(schema: unknown, root: Schema, depth = 0): ReadonlySet<string> {
  const types = new Set<string>()
  if (!isRecord(schema) || depth > MAX_LOOKUP) return types
  for (const type of listOf(schema['type'])) if (typeof type === 'string') types.add(type)
  if (types.size > 0) return types
  for (const value of [...listOf(schema['enum']), ...('const' in schema ? [schema['const']] : [])])
    types.add(typeOf(value))
  const alternatives = [schema['anyOf'], schema['oneOf'], schema['allOf']].flatMap(listOf)
  for (const part of [resolve(schema, root), ...alternatives]) {
    for (const type of typesOf(part, root, depth + 1)) types.add(type)
  }
  return types
}

/** The value of an argument that was given once or, for a list, several times. */
export function readValue(typed: readonly Typed[], schema: unknown, root: Schema): unknown {
  const types = typesOf(schema, root)
  if (types.has('array') && !types.has('string')) return typed.flatMap((one) => readItems(one, schema, root))
  const last = typed.at(-1)
  return last ? readOne(last, types) : undefined
}

function readItems(typed: Typed, schema: unknown, root: Schema): readonly unknown[] {
  const target = isRecord(schema) ? (resolve(schema, root) ?? schema) : {}
  const items = isRecord(target) ? target['items'] : undefined
  const json = typed.value.trimStart().startsWith('[') ? readJson(typed.value) : undefined
  if (Array.isArray(json)) return json
  const parts =
    typed.quoted || typed.value.startsWith('{')
      ? [typed.value]
      : typed.value.split(/[,，、]/).filter((part) => part.trim() !== '')
  return parts.map((part) => readOne({ value: part.trim(), quoted: typed.quoted }, typesOf(items, root)))
}

function readOne({ value, quoted }: Typed, types: ReadonlySet<string>): unknown {
  if (quoted && types.has('string')) return value
  // Input methods type １２３ and ｔｒｕｅ; only text keeps its width.
  const plain = value.normalize('NFKC').trim().toLowerCase()
  if (types.has('integer') || types.has('number')) {
    const number = NUMBER.test(plain) ? Number(plain) : Number.NaN
    // Beyond 2^53 an id would silently become another id; as text it is refused.
    if (Number.isFinite(number) && (Math.abs(number) <= Number.MAX_SAFE_INTEGER || !Number.isInteger(number)))
      return number
  }
  if (types.has('boolean') && Object.hasOwn(BOOLEANS, plain)) return BOOLEANS[plain]
  if (types.has('null') && plain === 'null') return null
  if (types.has('object') && plain.startsWith('{')) return readJson(value) ?? value
  return value
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function resolve(schema: Schema, root: Schema): unknown {
  const reference = typeof schema['$ref'] === 'string' ? schema['$ref'] : ''
  const [, group = '', name = ''] = /^#\/(\$defs|definitions)\/(.+)$/.exec(reference) ?? []
  const definitions = root[group]
  return isRecord(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
