// Takes one http.fetch request the way the broker does: parse grant and request, ask covers, perform, parse the reply.
import { z } from 'zod'
import type { Caller, HttpPower, Powers } from '../../../supervisor/capabilities/capability.ts'
import { httpFetch } from '../../../supervisor/capabilities/http-fetch.ts'
import { Coded } from '../../../supervisor/errors.ts'
import { createHttp } from '../../../supervisor/io/http.ts'
import { powersWith } from '../powers.ts'

const replySchema = z.object({
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  url: z.string(),
})
type Reply = z.infer<typeof replySchema>
type Options = {
  /** Host → its addresses. */
  names?: Record<string, string[]>
  secrets?: Record<string, string>
  /** Instead of the real exchange. */
  exchange?: HttpPower['exchange']
  authorities?: string
  signal?: AbortSignal
}

/** The reply; rejects with the Coded that covers or perform came to. */
export async function fetchByGrant(grant: unknown, request: unknown, options: Options = {}): Promise<Reply> {
  const covered = httpFetch.covers(httpFetch.grant.parse(grant), httpFetch.request.parse(request))
  if ('code' in covered) throw new Coded(covered.code, covered.detail)
  const reply = await httpFetch.perform(covered.allowed, powersFor(options), callerFor(options.signal))
  return replySchema.parse(httpFetch.reply.parse(reply))
}

/** Powers over the real exchange, a table of names and a table of secrets. */
export function powersFor({ names = {}, secrets = {}, exchange, authorities }: Options): Powers {
  const real = createHttp(authorities)
  const http: HttpPower = {
    resolve: async (host, signal) => names[host] ?? real.resolve(host, signal),
    exchange: exchange ?? ((request) => real.exchange(request)),
  }
  return powersWith({ http, secrets: { read: async (_plugin, name) => secrets[name] ?? null } })
}

export function callerFor(signal = new AbortController().signal): Caller {
  return { plugin: 'weather', turn: 't1', person: 'terminal:ann', signal }
}
