// Today's plugins, routes and rules as one value: loaded together, checked against each other, replaced together. A reload that finds a
// fault in the rules keeps the old rules; one that finds a fault in a plugin keeps that plugin's old version.
import { createHash } from 'node:crypto'
import { parseRoles, type Roles } from './access/roles.ts'
import type { Policy } from './access/decisions.ts'
import { loadPolicy } from './access/policy.ts'
import type { PolicyFile } from './access/rules.ts'
import type { Fault } from './errors.ts'
import type { Change } from './registry/change.ts'
import type { Snapshot } from './registry/plugin.ts'
import type { Registry } from './registry/registry.ts'
import { createRouter, type Router } from './routing/route.ts'
import type { ArgsValidator } from './routing/args.ts'

export type Rules = {
  readonly snapshot: Snapshot
  readonly router: Router
  readonly policy: Policy
  readonly roles: Roles
  /** SHA-256 (hex) of every rule and role as they were read. */
  readonly digest: string
}
/** What lies in the policies directory. */
export type PolicyTexts = { roles: PolicyFile; policies: readonly PolicyFile[]; faults: readonly Fault[] }

export type Rulebook = {
  now(): Rules
  /** Every fault of the last load, in plugins and rules. */
  faults(): readonly Fault[]
  warnings(): readonly Fault[]
  /** Loads everything again; `published` after each change of what holds now, of which slow trials may make several. */
  reload(published: () => void): Promise<Change>
}

/** The first load: without sound rules there is no rulebook, only faults. A faulty plugin is left out and named. */
export async function openRulebook(
  registry: Registry,
  readPolicies: () => Promise<PolicyTexts>,
  validator: ArgsValidator,
): Promise<{ rulebook: Rulebook } | { faults: readonly Fault[] }> {
  await registry.reload()
  const first = await load(registry.snapshot(), readPolicies, validator)
  if ('faults' in first) return { faults: [...first.faults, ...registry.snapshot().faults] }
  let { rules, warnings } = first
  let ruleFaults: readonly Fault[] = []

  return {
    rulebook: {
      now: () => rules,
      faults: () => [...ruleFaults, ...registry.snapshot().faults],
      warnings: () => warnings,
      reload: (published) =>
        registry.reload(async () => {
          const loaded = await load(registry.snapshot(), readPolicies, validator)
          ruleFaults = 'faults' in loaded ? loaded.faults : []
          if ('rules' in loaded) ({ rules, warnings } = loaded)
          published()
        }),
    },
  }
}

type LoadedRules = { rules: Rules; warnings: readonly Fault[] } | { faults: readonly Fault[] }

async function load(
  snapshot: Snapshot,
  readPolicies: () => Promise<PolicyTexts>,
  validator: ArgsValidator,
): Promise<LoadedRules> {
  const texts = await readPolicies()
  if (texts.faults.length > 0) return { faults: texts.faults }
  const parsed = parseRoles(texts.roles.text, texts.roles.name)
  if ('faults' in parsed) return { faults: parsed.faults }
  const { roles, warnings } = parsed
  const loaded = loadPolicy({ files: texts.policies, roles, plugins: snapshot.plugins.values() })
  if ('faults' in loaded) return { faults: loaded.faults }
  const router = createRouter(snapshot.plugins, validator)
  const digest = createHash('sha256')
    .update(JSON.stringify([texts.roles.text, texts.policies]))
    .digest('hex')
  return { rules: Object.freeze({ snapshot, roles, policy: loaded.policy, router, digest }), warnings }
}
