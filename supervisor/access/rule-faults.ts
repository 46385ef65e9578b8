// Turns what Cedar finds wrong with a rule into faults with a place in the file and a cure. It never decides whether a rule is wrong,
// but for one thing that Cedar lets pass: a test for an argument that does not exist.
import type { Fault } from '../errors.ts'
import { faultAt } from '../registry/place.ts'
import { reached, unknownPaths, type RuleJson } from './reach.ts'
import type { Rule } from './rules.ts'
import type { Action, PolicySchema } from './schema.ts'

/** As much of Cedar's errors as is read here; offsets are bytes of the rule's text. */
export type CedarError = {
  readonly message: string
  readonly help: string | null
  readonly sourceLocations?: readonly { readonly label: string | null; readonly start: number }[]
}

const VISIBLE =
  'Give it one type that rules can see: string, integer, boolean, a list of one of these, or a closed object'

/** One fault for each place: Cedar repeats itself for every action that a rule reaches. */
export function explainErrors(rule: Rule, errors: readonly CedarError[], schema: PolicySchema): Fault[] {
  const faults = new Map<number, Fault>()
  // Cedar's order is a hash map's.
  for (const error of errors.toSorted((left, right) => left.message.localeCompare(right.message, 'en'))) {
    const [source] = error.sourceLocations ?? []
    const start = source?.start ?? 0
    const what = error.message.replace(
      /^(for policy `[^`]*`,|failed to parse policy with id `[^`]*` from string:) /,
      '',
    )
    const hint = hidden(what, schema) ?? error.help ?? source?.label ?? advice(what)
    if (!faults.has(start)) faults.set(start, faultAt(rule.place(start), what, capital(hint)))
  }
  return [...faults.values()]
}

/** Faults for what the rule names of the context and no action in its reach has. */
export function explainPaths(rule: Rule, json: RuleJson, schema: PolicySchema): Fault[] {
  const actions = reached(json, schema.actions.values())
  return unknownPaths(json, actions).map((path) => {
    const last = path.at(-1) ?? ''
    const place = rule.place(Buffer.byteLength(rule.text.slice(0, Math.max(rule.text.indexOf(last), 0))))
    const veiled = path[0] === 'args' && actions.some((action) => action.hidden.includes(path[1] ?? ''))
    const cure = veiled ? VISIBLE : 'Correct the name, or remove the condition: it can never hold'
    return faultAt(place, `nothing that this rule reaches has \`context.${path.join('.')}\``, cure)
  })
}

function hidden(what: string, { actions }: PolicySchema): string | null {
  const [, argument = '', name = ''] =
    /^attribute `args\.([^`.]+)[^`]*` in context for (.+) not found$/.exec(what) ?? []
  const action: Action | undefined = actions.get(name)
  return action?.hidden.includes(argument) ? VISIBLE : null
}

function advice(what: string): string {
  if (what.includes(' not found'))
    return 'Name in the rule’s head the command that has it, or test first: context.args has …'
  if (/impossible|applicable/.test(what)) return 'Correct its head or its conditions: no request can meet them'
  return 'Correct the rule'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
