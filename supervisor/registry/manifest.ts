// The shape of a plugin's manifest (molten/v1). It judges the manifest alone, never the code beside it nor whether it may run.
import { z } from 'zod'
import { EFFECTS, type Capability } from '../capabilities/capability.ts'
import { argsSchema, type CheckArgs } from './manifest-args.ts'
import { resolveSpecifier } from './specifier.ts'
import { bytes, milliseconds } from './units.ts'

/** Words that begin a message to Molten itself. */
const RESERVED = ['help', 'molten', 'stop', 'freeze', 'forget', 'approve', 'impersonate']

const MiB = 1024 ** 2

const oneLine = (max: number) =>
  z
    .string()
    .overwrite((text) => text.replace(/\s+/gu, ' ').trim())
    .min(1)
    .max(max)
    // What these could do to whoever reads a grant or an approval is worse than what they could mean there.
    .regex(/^[^\p{Cc}\p{Bidi_Control}]*$/u, 'must not hold control characters — Remove them')

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, 'must be 2 to 40 of a-z, 0-9 and "-", a letter first — Write for example: weather')
  .refine((text) => !RESERVED.includes(text), `must not be one of ${RESERVED.join(', ')} — Choose another name`)

const commandName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be 1 to 40 of a-z, 0-9 and "-", a letter first — Write for example: now')

const version = z
  .string()
  .max(64)
  .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, 'must be three numbers — Write for example: 1.2.0')

const main = z.string().transform((text, context) => {
  const target = resolveSpecifier(/^(\/|\.\.?\/)/.test(text) ? text : `./${text}`, 'plugin.yaml')
  if (target.kind === 'module') return target.path
  context.addIssue(target.kind === 'refused' ? `${target.what} — ${target.cure}` : 'must be a file')
  return z.NEVER
})

const limits = z
  .strictObject({
    memory: bytes({ min: 8 * MiB, max: 1024 * MiB }).default(64 * MiB),
    cpu: milliseconds({ max: 60_000 }).default(500),
    wall: milliseconds({ max: 600_000 }).default(10_000),
    concurrency: z.int().min(1).max(32).default(4),
    output: bytes({ max: MiB }).default(64 * 1024),
  })
  .prefault({})

/** Defaults filled in; `main` is a path inside the folder; exactly one of `main` and `source` is there. */
export type Manifest = z.output<ReturnType<typeof manifestSchema>>

/** The schema for the capabilities that exist. `checkArgs` says what is wrong with a command's argument schema. */
export function manifestSchema(capabilities: Readonly<Record<string, Capability>>, checkArgs: CheckArgs) {
  const grants = Object.fromEntries(Object.values(capabilities).map((one) => [one.name, one.grant.optional()]))
  const command = z.strictObject({
    description: oneLine(500),
    effect: z.enum(EFFECTS),
    args: argsSchema(checkArgs),
    examples: z.array(oneLine(200)).max(20).default([]),
  })
  return z
    .strictObject({
      apiVersion: z.literal('molten/v1'),
      name,
      version,
      description: oneLine(500),
      main: main.optional(),
      source: z.string().min(1).optional(),
      config: z.record(z.string(), z.json()).default({}),
      capabilities: z.strictObject(grants).prefault({}),
      limits,
      commands: z
        .record(commandName, command)
        .refine((all) => Object.keys(all).length > 0, 'must name at least one command — Write for example: now: {…}')
        // Help and routing look at every command of every plugin.
        .refine((all) => Object.keys(all).length <= 64, 'names more than 64 commands — Split the plugin'),
    })
    .refine(({ main: file, source }) => file !== undefined || source !== undefined, {
      error: 'lacks the code — Add main: main.ts, or source: | with the code below',
      when: isMapping,
    })
    .refine(({ main: file, source }) => file === undefined || source === undefined, {
      error: 'stands beside `main` — Remove one of the two',
      path: ['source'],
      when: isMapping,
    })
}

/** Also a manifest with other faults is asked whether it has code, so that all faults come at once. */
function isMapping({ value }: z.core.ParsePayload): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
