// The part of a manifest that is a command's argument schema; what such a schema may say is routing's to judge.
import { z } from 'zod'
import type { ArgsSchema } from './plugin.ts'

/** What keeps a JSON Schema of arguments from being used, as `what — cure`, or null. */
export type CheckArgs = (schema: ArgsSchema) => string | null

const NONE = { type: 'object' as const, properties: {}, additionalProperties: false }

/** JSON Schema 2020-12 of an object; without one the command takes no arguments. */
export function argsSchema(check: CheckArgs): z.ZodType<ArgsSchema, ArgsSchema | undefined> {
  return z
    .object({
      type: z.literal('object'),
      properties: z.record(z.string(), z.record(z.string(), z.json())).exactOptional(),
      required: z.array(z.string()).exactOptional(),
    })
    .catchall(z.json())
    .superRefine((schema, context) => {
      const problem = check(schema)
      if (problem !== null) context.addIssue(`cannot be used: ${problem}`)
    })
    .default(NONE)
}
