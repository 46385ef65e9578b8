// The capability store: small JSON values under keys that belong to the calling plugin alone.
import { z } from 'zod'
import { capability, type RecordsPower } from './capability.ts'
import { Coded } from '../errors.ts'
import { bytes } from '../registry/units.ts'

const VALUE_LIMIT = 64 * 1024
const YEAR = 365 * 24 * 3600

const grantSchema = z.strictObject({
  quota: bytes()
    .default(1024 ** 2)
    .describe('Keys and values together'),
})
type StoreGrant = z.output<typeof grantSchema>

const text = z.string().refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'no control characters')
const key = text.min(1).max(256)
const value = z.unknown().refine(fits, 'a value is JSON of at most 64 KiB')

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('get'), key }),
  z.strictObject({ op: z.literal('set'), key, value, ttl: z.number().int().min(1).max(YEAR).optional() }),
  z.strictObject({ op: z.literal('delete'), key }),
  z.strictObject({
    op: z.literal('list'),
    prefix: text.max(256).default(''),
    limit: z.number().int().min(1).max(1000).default(1000),
  }),
])
type StoreRequest = z.output<typeof requestSchema>

const replySchema = z.union([
  z.strictObject({ value: z.unknown().describe('null when the key is not there') }),
  z.strictObject({ ok: z.boolean().describe('delete: whether the key was there') }),
  z.strictObject({ keys: z.array(z.string()) }),
])
type StoreReply = z.output<typeof replySchema>

/** The capability with a clock (ms since the epoch), which only a time to live needs. */
export function createStore(now: () => number) {
  return capability({
    name: 'store',
    summary: 'Keeps small values of its own between commands',
    grant: grantSchema,
    request: requestSchema,
    reply: replySchema,
    // A plugin's own keys are its memory, not the world: every operation counts as read.
    covers: (grant: StoreGrant, request) => ({ allowed: { quota: grant.quota, request }, effect: 'read' }),
    redact: redactStore,
    powers: ['records'],
    perform: ({ quota, request }, { records }, { plugin }) => act(request, quota, records, plugin, now),
  })
}

export const store = createStore(Date.now)

async function act(
  request: StoreRequest,
  quota: number,
  records: RecordsPower,
  plugin: string,
  now: () => number,
): Promise<StoreReply> {
  if (request.op === 'get') {
    const kept = await records.get(plugin, request.key)
    return { value: kept === null ? null : JSON.parse(kept) }
  }
  if (request.op === 'delete') return { ok: await records.delete(plugin, request.key) }
  if (request.op === 'list') return { keys: [...(await records.list(plugin, request.prefix, request.limit))] }
  const expires = request.ttl === undefined ? null : now() + request.ttl * 1000
  const kept = await records.set(plugin, request.key, JSON.stringify(request.value), expires, quota)
  if (!kept) throw new Coded('STORE_QUOTA')
  return { ok: true }
}

function redactStore(request: StoreRequest) {
  if (request.op !== 'set') return request
  return { op: request.op, key: request.key, valueBytes: Buffer.byteLength(JSON.stringify(request.value)) }
}

function fits(candidate: unknown): boolean {
  try {
    const json: string | undefined = JSON.stringify(candidate)
    return json !== undefined && Buffer.byteLength(json) <= VALUE_LIMIT
  } catch {
    return false // nested deeper than the stack
  }
}
