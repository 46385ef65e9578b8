// Compiles the JSON Schemas of arguments and validates against them; the only importer of ajv. Never changes what it is given.
// A schema comes from a manifest that nobody has granted yet, and ajv turns it into code: findSchemaProblem stands before it.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Language } from '../errors.ts'
import type { ArgsSchema, CommandSpec } from '../registry/plugin.ts'
import { complain, type Finding } from './complaint.ts'
import { FORMATS } from './formats.ts'
import { linearPattern, OutOfFuel, type Fuel } from './pattern.ts'
import { findSchemaProblem, type SchemaProblem } from './schema.ts'

export type Args = Readonly<Record<string, unknown>>
export type ArgsValidator = {
  /** What keeps a schema from being used, as `what — cure`, or null. For the registry, as it loads a manifest. */
  readonly checkArgsSchema: (schema: ArgsSchema) => string | null
  /** A copy with the schema's defaults filled in, or one sentence in plain text that a person can act on. */
  readonly validateArgs: (
    command: Pick<CommandSpec, 'args'>,
    args: Args,
    language: Language,
  ) => { readonly args: Args } | { readonly problem: string }
}

// A long chat message; DingTalk's own limit is 20000 bytes of body.
export const MAX_TEXT = 16 * 1024
const MAX_DEPTH = 16
const MAX_VALUES = 2000
// About 50 ms in patterns for one command's arguments: 16 KiB against a pattern of 60 states.
const PATTERN_STEPS = 1_000_000
const MAX_COMPILATIONS = 1000

const SENTENCES = {
  tooLarge: { zh: '参数太长或太复杂', en: 'The arguments are too long or too complex' },
  broken: {
    zh: '这个命令的参数定义有误,请联系管理员',
    en: 'The arguments of this command are defined wrongly; tell an administrator',
  },
} as const

/** Schemas are compiled once, for as long as their snapshot lives. */
export function createArgsValidator(): ArgsValidator {
  const fuel: Fuel = { steps: 0 }
  const compiled = new WeakMap<object, ValidateFunction>()
  let ajv = createAjv(fuel)
  let compilations = 0

  function compile(schema: ArgsSchema): ValidateFunction | SchemaProblem {
    const known = compiled.get(schema)
    if (known) return known
    const problem = findSchemaProblem(schema)
    if (problem) return problem
    // ajv keeps something of every schema for ever.
    if (++compilations % MAX_COMPILATIONS === 0) ajv = createAjv(fuel)
    try {
      fuel.steps = PATTERN_STEPS
      const validate = ajv.compile(schema)
      compiled.set(schema, validate)
      return validate
    } catch (error) {
      return { path: [], what: error instanceof Error ? error.message : 'unknown', cure: 'See JSON Schema 2020-12' }
    } finally {
      ajv.removeSchema(schema)
    }
  }

  return {
    checkArgsSchema(schema) {
      const result = compile(schema)
      return typeof result === 'function' ? null : describe(result)
    },

    validateArgs(command, args, language) {
      const validate = compile(command.args)
      if (typeof validate !== 'function') return { problem: SENTENCES.broken[language] }
      if (!isWithin({ values: MAX_VALUES, text: MAX_TEXT }, args, 0)) return { problem: SENTENCES.tooLarge[language] }
      const copy = structuredClone(args)
      fuel.steps = PATTERN_STEPS
      try {
        if (validate(copy)) return { args: copy }
      } catch (error) {
        if (error instanceof OutOfFuel) return { problem: SENTENCES.tooLarge[language] }
        throw error
      }
      return { problem: complain(decisive(validate.errors ?? []), language) }
    },
  }
}

function createAjv(fuel: Fuel): Ajv2020 {
  const regExp = (source: string): { test: (text: string) => boolean; toString: () => string } => {
    const pattern = linearPattern(source)
    if ('problem' in pattern) throw new SyntaxError(pattern.problem)
    // ajv takes two patterns that print alike for one.
    return { test: (text) => pattern.test(text, fuel), toString: () => source }
  }
  return new Ajv2020({
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    allowMatchingProperties: true,
    allowUnionTypes: true,
    // Without it `constructor` is a property of every object.
    ownProperties: true,
    useDefaults: true,
    // 1.1 is a multiple of 0.1.
    multipleOfPrecision: 9,
    formats: FORMATS,
    verbose: true,
    logger: false,
    // The name under which ajv would print the engine, were its code ever written to a file.
    code: { regExp: Object.assign(regExp, { code: 'linearPattern' }) },
  })
}

/** Of one failure ajv reports the branches first and what they decide last; only of `if` the branch says more. */
function decisive(errors: readonly ErrorObject[]): Finding {
  const last = errors.at(-1)
  const error = last?.keyword === 'if' ? errors[0] : last
  const { keyword = '', instancePath = '', params = {}, parentSchema = {} } = error ?? {}
  return { keyword, pointer: instancePath, params, schema: parentSchema }
}

/** Takes what `value` costs from what is left. */
function isWithin(left: { values: number; text: number }, value: unknown, depth: number): boolean {
  if (typeof value === 'string') left.text -= value.length
  if (--left.values < 0 || left.text < 0 || depth > MAX_DEPTH) return false
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, inner]) => {
    left.text -= Array.isArray(value) ? 0 : name.length
    return isWithin(left, inner, depth + 1)
  })
}

/** The form in which a schema's own message carries its cure. */
function describe({ path, what, cure }: SchemaProblem): string {
  const place = JSON.stringify(path.join('.')).slice(1, -1)
  return `${path.length > 0 ? `is wrong at \`${place}\`: ` : 'is wrong: '}${what} — ${cure}`
}
