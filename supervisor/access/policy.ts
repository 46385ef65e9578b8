// Loads the rules and has Cedar answer by them: the only file that imports `@cedar-policy/cedar-wasm`. A set of rules with a fault is
// no set of rules.
import { createHash } from 'node:crypto'
import {
  checkParsePolicySet,
  policyToJson,
  preparsePolicySet,
  statefulIsAuthorized,
  validate,
  type Policy as CedarPolicy,
  type PolicySet,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { Fault } from '../errors.ts'
import { createDecisions, type Answer, type Policy } from './decisions.ts'
import type { Question } from './questions.ts'
import type { Roles } from './roles.ts'
import { explainErrors, explainPaths, type CedarError } from './rule-faults.ts'
import { readRules, WITHIN_GRANT, type PolicyFile, type Rule } from './rules.ts'
import { policySchema, withoutCommands, type Commands, type PolicySchema } from './schema.ts'

/** A call that a grant covers is allowed unless a rule forbids it. */
const GUARD_RAIL = 'permit (principal is Plugin, action, resource is Capability);'
/** Warnings of a rule that can do nothing; Cedar's others are of taste. */
const IDLE = /policy is impossible|unable to find an applicable action/

/** What a rule must say to tell one command from another. */
const COMMANDS = /\b(?:args|Command|Plugin)\b/

/** The policy that `files` hold, checked against the roles and commands that there are; or every fault in it. */
export function loadPolicy(parts: {
  readonly files: readonly PolicyFile[]
  readonly roles: Roles
  readonly plugins: Iterable<Commands>
}): { policy: Policy } | { faults: Fault[] } {
  const { rules, faults } = readRules(parts.files)
  const schema = policySchema(parts.roles.names, [...parts.plugins])
  const all = [...faults, ...check(rules, schema)]
  return all.length > 0
    ? { faults: all }
    : { policy: createDecisions(prepare(policySet(rules)), prepare(openSet(rules)), schema, parts.roles) }
}

function check(rules: readonly Rule[], schema: PolicySchema): Fault[] {
  // Half of a start's time with Cedar, and growing with every command, unless they are left out.
  const json = rules.some(({ text }) => COMMANDS.test(text)) ? schema.json : withoutCommands(schema.json)
  const answer = validate({ validationSettings: { mode: 'strict' }, schema: json, policies: policySet(rules) })
  if (answer.type === 'failure') return checkApart(rules, schema, answer.errors)
  const errors = Map.groupBy(answer.validationErrors, ({ policyId }) => policyId)
  const warnings = Map.groupBy(answer.validationWarnings, ({ policyId }) => policyId)
  return rules.flatMap((rule) => {
    const idle = warnings.get(rule.id)?.filter(({ error }) => IDLE.test(error.message))
    const found = (errors.get(rule.id) ?? idle ?? []).map(({ error }) => error)
    if (found.length > 0) return explainErrors(rule, found, schema)
    // Only behind a `has` does Cedar let an unknown name pass; to read every rule as JSON would take longer than to check it.
    const parsed = /\bhas\b/.test(rule.text) ? policyToJson(rule.text) : null
    return parsed?.type === 'success' ? explainPaths(rule, parsed.json, schema) : []
  })
}

/** Cedar reads all rules or none, and does not say which one it could not read. */
function checkApart(rules: readonly Rule[], schema: PolicySchema, errors: readonly CedarError[]): Fault[] {
  const sound: Rule[] = []
  const faults = rules.flatMap((rule) => {
    const parsed = checkParsePolicySet(policySet([rule]))
    if (parsed.type === 'failure') return explainErrors(rule, parsed.errors, schema)
    sound.push(rule)
    return []
  })
  if (faults.length > 0) return [...faults, ...check(sound, schema)]
  const what = errors[0]?.message ?? 'the rules cannot be checked'
  return [{ file: 'schema of the commands', line: 1, column: 1, what, cure: 'Simplify the arguments in the manifests' }]
}

/** Cedar keeps the parsed rules under a name made of them, so that none in use is replaced beneath a decision. */
function prepare(policies: PolicySet): (question: Question) => Answer {
  const preparsedPolicySetId = createHash('sha256').update(JSON.stringify(policies)).digest('hex')
  const parsed = preparsePolicySet(preparsedPolicySetId, policies)
  if (parsed.type === 'failure') throw new Error('rules that were checked cannot be read')
  return (question) => {
    // Without the schema: the question was built from it, and a second check would double the time.
    const answer = statefulIsAuthorized({ ...question, preparsedPolicySetId, validateRequest: false })
    if (answer.type === 'failure') return { allowed: false, failed: true, rules: [] }
    const { decision, diagnostics } = answer.response
    // Cedar skips a rule that errs; a `forbid` would so be open.
    const failed = diagnostics.errors.length > 0
    const deciding = failed ? diagnostics.errors.map(({ policyId }) => policyId) : diagnostics.reason
    return { allowed: decision === 'allow' && !failed, failed, rules: deciding.toSorted() }
  }
}

/** The rules with those over arguments turned the person's way: a `forbid` left out, a `permit` without its conditions. */
function openSet(rules: readonly Rule[]): PolicySet {
  const open = rules.flatMap(({ id, text }): [string, CedarPolicy][] => {
    if (!/\bargs\b/.test(text)) return [[id, text]]
    const json = policyToJson(text)
    if (json.type === 'failure' || json.json.effect === 'forbid') return []
    return [[id, { ...json.json, conditions: [] }]]
  })
  return { staticPolicies: { ...Object.fromEntries(open), [WITHIN_GRANT]: GUARD_RAIL } }
}

function policySet(rules: readonly Rule[]): PolicySet {
  const texts = Object.fromEntries(rules.map(({ id, text }) => [id, text]))
  return { staticPolicies: { ...texts, [WITHIN_GRANT]: GUARD_RAIL } }
}
