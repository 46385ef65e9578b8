// What a rule reaches for: which actions its head names, and which parts of the context its conditions name. It reads a rule as
// Cedar's JSON, and changes nothing.
import type { CedarType } from './cedar-type.ts'
import type { Action, Uid } from './schema.ts'

/** As much of Cedar's JSON policy format as is read here. */
export type RuleJson = { readonly action: unknown; readonly conditions: readonly unknown[] }

/** The actions that the rule's head lets through. */
export function reached(rule: RuleJson, actions: Iterable<Action>): Action[] {
  const heads = named(rule.action)
  const within = (uid: Uid) => heads === null || heads.some((head) => head.type === uid.type && head.id === uid.id)
  return [...actions].filter(({ uid, parents }) => [uid, ...parents].some(within))
}

/** Paths such as `['args', 'repo']` under `context` that exist for none of `actions`. */
export function unknownPaths(rule: RuleJson, actions: readonly Action[]): string[][] {
  const paths = new Map<string, string[]>()
  for (const path of contextPaths(rule.conditions)) paths.set(JSON.stringify(path), path)
  return [...paths.values()].filter((path) => !actions.some(({ context }) => leads(context, path)))
}

/** The actions and groups of a head; null when it names none and so admits all. */
function named(head: unknown): Uid[] | null {
  if (property(head, 'op') === 'All') return null
  const entities = property(head, 'entities')
  const written: readonly unknown[] = Array.isArray(entities) ? entities : [property(head, 'entity')]
  return written.map((entity) => ({ type: String(property(entity, 'type')), id: String(property(entity, 'id')) }))
}

function contextPaths(node: unknown): string[][] {
  if (typeof node !== 'object' || node === null) return []
  const own = pathOf(node)
  return [...(own && own.length > 0 ? [own] : []), ...Object.values(node).flatMap(contextPaths)]
}

/** The path that an access or a `has` spells, when it starts at `context`. */
function pathOf(node: unknown): string[] | null {
  if (property(node, 'Var') === 'context') return []
  const access = property(node, '.') ?? property(node, 'has')
  const left = access === undefined ? null : pathOf(property(access, 'left'))
  return left && [...left, ...[property(access, 'attr')].flat().map(String)]
}

function leads(type: CedarType, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true
  const next = type.type === 'Record' && Object.hasOwn(type.attributes, step) ? type.attributes[step] : undefined
  return next !== undefined && leads(next, rest)
}

function property(node: unknown, name: string): unknown {
  const own = typeof node === 'object' && node !== null && Object.hasOwn(node, name)
  return own ? Object.getOwnPropertyDescriptor(node, name)?.value : undefined
}
