// The frames between the supervisor and a plugin's host: a 4-byte big-endian length, then JSON. What a guest wrote (requests,
// replies) travels inside as text, which the host never parses. Each side parses each frame strictly; anything else is a broken peer.
import { z } from 'zod'
import { LIMITS } from './limits.ts'

const id = z.string().min(1).max(64)
const count = z.int().min(0)

export const runLimitsSchema = z.strictObject({
  memory: count.describe('bytes of heap of one isolate'),
  cpu: count.describe('milliseconds of CPU time of one command'),
  wall: count.describe('milliseconds of wall time of one command'),
  concurrency: z.int().min(1).max(64),
  output: count.describe('bytes of one reply'),
})

export const commandSchema = z.strictObject({
  plugin: z.string(),
  name: z.string(),
  args: z.record(z.string(), z.unknown()),
  turn: z.string(),
  person: z.string(),
  conversation: z.strictObject({ id: z.string(), kind: z.enum(['single', 'group']) }),
  language: z.enum(['zh', 'en']),
})
/** The only thing that a plugin executes. */
export type GuestCommand = z.infer<typeof commandSchema>

export const bundleSchema = z.strictObject({
  plugin: z.string(),
  modules: z.record(z.string(), z.string()).describe('path inside the folder to JavaScript'),
  main: z.string(),
  config: z.record(z.string(), z.unknown()),
  capabilities: z.record(z.string(), z.unknown()),
  limits: runLimitsSchema,
})
/** Everything that a host knows of its plugin. */
export type Bundle = z.infer<typeof bundleSchema>

/** How a run can end inside the sandbox, short of the host's own death. */
export const END_CODES = [
  'PLUGIN_ERROR',
  'PLUGIN_LOAD_FAILED',
  'REPLY_INVALID',
  'OUTPUT_EXCEEDED',
  'CPU_EXCEEDED',
  'WALL_EXCEEDED',
  'MEMORY_EXCEEDED',
  'INTERRUPTED',
] as const
export type EndCode = (typeof END_CODES)[number]

const failure = {
  code: z.enum(END_CODES),
  message: z.string().max(LIMITS.message),
  stack: z.string().max(LIMITS.stack).optional(),
}

export const toHost = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('load'), bundle: bundleSchema }),
  z.strictObject({ type: z.literal('run'), run: id, command: commandSchema }),
  z.strictObject({ type: z.literal('answer'), run: id, call: count, value: z.string() }),
  z.strictObject({ type: z.literal('refusal'), run: id, call: count, code: z.string(), message: z.string() }),
  z.strictObject({ type: z.literal('abort'), run: id }),
])
export type ToHost = z.infer<typeof toHost>

export const toSupervisor = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), capabilities: z.string().max(LIMITS.request) }),
  z.strictObject({ type: z.literal('unfit'), ...failure }),
  z.strictObject({
    type: z.literal('call'),
    run: id,
    call: count,
    capability: z.string().max(64),
    request: z.string().max(LIMITS.request),
  }),
  z.strictObject({
    type: z.literal('log'),
    run: id,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    text: z.string().max(LIMITS.logLine),
  }),
  z.strictObject({ type: z.literal('done'), run: id, reply: z.string(), cpu: z.number() }),
  z.strictObject({ type: z.literal('failed'), run: id, ...failure, cpu: z.number() }),
  /** The host can no longer be trusted to end a run and is about to kill itself. */
  z.strictObject({ type: z.literal('dying'), code: z.enum(END_CODES) }),
])
export type ToSupervisor = z.infer<typeof toSupervisor>

export function encode(frame: ToHost | ToSupervisor): Buffer {
  const text = JSON.stringify(frame)
  const bytes = Buffer.byteLength(text)
  const buffer = Buffer.allocUnsafe(4 + bytes)
  buffer.writeUInt32BE(bytes, 0)
  buffer.write(text, 4)
  return buffer
}

/** A reader of one direction. `push` returns the frames that the chunk completed; it throws on anything that is not a frame. */
export function createDecoder<T>(schema: z.ZodType<T>, ceiling: number = LIMITS.frame): { push(chunk: Buffer): T[] } {
  let chunks: Buffer[] = []
  let held = 0
  let wanted: number | null = null

  // Chunks are joined only once a whole frame is there: joining at each chunk would make a slow 8 MiB frame quadratic.
  const take = (bytes: number): Buffer => {
    const all = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, held)
    chunks = all.length > bytes ? [all.subarray(bytes)] : []
    held -= bytes
    return all.subarray(0, bytes)
  }

  return {
    push(chunk) {
      chunks.push(chunk)
      held += chunk.length
      const frames: T[] = []
      for (;;) {
        if (wanted === null) {
          if (held < 4) return frames
          wanted = take(4).readUInt32BE(0)
          if (wanted > ceiling) throw new Error(`a frame of ${wanted} bytes is over the limit of ${ceiling}`)
        }
        if (held < wanted) return frames
        const text = take(wanted).toString('utf8')
        wanted = null
        frames.push(schema.parse(JSON.parse(text)))
      }
    },
  }
}
