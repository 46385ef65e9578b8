// What an administrator granted to each plugin (grants.yaml), and whether a plugin asks for no more. It grants nothing itself.
import { z } from 'zod'
import { readYaml, type Read } from '../yaml.ts'
import { canonicalJson, digest } from './digest.ts'
import type { Draft } from './read-plugin.ts'
import type { Plugin } from './plugin.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lowercase hex — Run molten plugin grant again')

/** Capabilities as they were granted, by name. */
export const askedSchema = z.record(z.string(), z.json())

const grantSchema = z
  .strictObject({
    capabilities: sha256.describe('Digest of `asked`'),
    code: sha256.optional().describe('Digest of manifest and code; counts under strict isolation'),
    asked: askedSchema,
    by: z.string().min(1).max(200),
    at: z.iso.datetime(),
  })
  .refine((grant) => digest(grant.asked) === grant.capabilities, {
    error: 'was changed by hand — Run molten plugin grant again',
    path: ['asked'],
  })
export type Grant = z.output<typeof grantSchema>

const grantsSchema = z.strictObject({ grants: z.record(z.string(), grantSchema).default({}) })
/** By plugin name. */
export type Grants = Readonly<Record<string, Grant>>

export function readGrants(text: string, file: string): Read<{ grants: Grants }> {
  return readYaml(text, file, grantsSchema)
}

/**
 * `ready` when the plugin asks for nothing, or for no more than it was granted. Under `strict` every plugin needs a grant,
 * and for exactly this manifest and code.
 */
export function grantState(
  plugin: Pick<Draft, 'name' | 'capabilities' | 'digest'>,
  grants: Grants,
  strict: boolean,
): Plugin['state'] {
  const grant = Object.hasOwn(grants, plugin.name) ? grants[plugin.name] : undefined
  if (strict && grant?.code !== plugin.digest) return 'awaiting-grant'
  const asksMore = Object.entries(plugin.capabilities).some(([name, asked]) => !isWithin(asked, grant, name))
  return asksMore ? 'awaiting-grant' : 'ready'
}

/**
 * Less is a whole capability less, or entries less at the end of a list: entries are tried in order, so that without an
 * earlier one a later one could let more through.
 */
function isWithin(asked: unknown, grant: Grant | undefined, capability: string): boolean {
  if (grant === undefined || !Object.hasOwn(grant.asked, capability)) return false
  const granted: unknown = grant.asked[capability]
  const same = Array.isArray(asked) && Array.isArray(granted) ? granted.slice(0, asked.length) : granted
  return canonicalJson(asked) === canonicalJson(same)
}
