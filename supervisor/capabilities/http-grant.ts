// What a manifest may ask of http.fetch: the entries, and the secrets they need. Over-broad patterns do not parse.
import { z } from 'zod'
import { EFFECTS } from './capability.ts'
import { headersSchema, headerTemplate, secretsOf } from './http-headers.ts'
import { hostProblem } from './http-hosts.ts'
import { pathProblem } from './http-paths.ts'

/** CONNECT and TRACE are not among them: one makes a tunnel, the other echoes the injected headers. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
export const methodSchema = z.string().toUpperCase().pipe(z.enum(METHODS))

function pattern(problem: (text: string) => string | null, limit: number) {
  return z
    .string()
    .min(1)
    .max(limit)
    .superRefine((text, context) => {
      const found = problem(text)
      if (found !== null) context.addIssue(found)
    })
}

// The counts bound what one call can make `covers` compare.
const entrySchema = z.strictObject({
  hosts: z
    .array(pattern(hostProblem, 260))
    .min(1)
    .max(32)
    .describe('Exact names, *.example.com (one label), IP literals; :port unless it is the scheme’s default'),
  methods: z.array(methodSchema).min(1).max(METHODS.length).default(['GET']),
  paths: z
    .array(pattern(pathProblem, 512))
    .min(1)
    .max(64)
    .default(['/**'])
    .describe('* is one or more characters of a segment, ** one or more segments'),
  headers: headersSchema
    .pipe(z.record(z.string(), headerTemplate))
    .default({})
    .describe('Sent with each request of this entry; ${NAME} is a secret of the plugin'),
  effect: z.enum(EFFECTS).optional().describe('Instead of the method’s: GET and HEAD read, all others write'),
})
export type HttpEntry = Readonly<z.output<typeof entrySchema>>

/** Entries are tried in order; the first that covers a request decides its headers and its effect. */
export const httpGrant = z.array(entrySchema).min(1).max(32)
export type HttpGrant = readonly HttpEntry[]

/** The secrets that a grant's headers name, sorted, each once. */
export function secretNames(grant: HttpGrant): string[] {
  const names = grant.flatMap((entry) => Object.values(entry.headers).flatMap(secretsOf))
  return [...new Set(names)].sort()
}
