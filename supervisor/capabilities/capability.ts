// The one shape of a capability. Everything about it (manifest schema, checks, audit redaction, documentation) derives from this object.
import type { z } from 'zod'
import type { Code, Detail } from '../errors.ts'
import type { Reply } from '../chat/message.ts'

export const EFFECTS = ['read', 'write', 'destroy'] as const
/** What a command or request may do to the world, in rising order. */
export type Effect = (typeof EFFECTS)[number]

/** What `covers` finds: a checked value that only it can make and its effect, or why the grant does not cover the request. */
export type Covered<Allowed> = { allowed: Allowed; effect: Effect } | { code: Code; detail: Detail }

/** Whose call it is. Made by the broker, never from anything a plugin said. */
export type Caller = {
  readonly plugin: string
  readonly turn: string
  readonly person: string
  /** Aborted when the run ends for any reason. */
  readonly signal: AbortSignal
}

export type Capability<Grant = unknown, Request = unknown, Answer = unknown, Allowed = unknown> = {
  readonly name: string
  /** One line for the reference and the grant prompt. */
  readonly summary: string
  /** What a manifest may ask for under this name. */
  readonly grant: z.ZodType<Grant>
  readonly request: z.ZodType<Request>
  readonly reply: z.ZodType<Answer>
  /** Pure: no network, no clock. */
  readonly covers: (grant: Grant, request: Request) => Covered<Allowed>
  /** What of a request the audit log may keep. */
  readonly redact: (request: Request) => unknown
  /** The powers that `perform` receives, by name; main asserts that each exists and none is left over. */
  readonly powers: readonly (keyof Powers)[]
  readonly perform: (allowed: Allowed, powers: Powers, caller: Caller) => Promise<Answer>
}

/** The outside world as capabilities may use it; each is implemented in io/. */
export type Powers = {
  readonly http: HttpPower
  readonly secrets: SecretsPower
  readonly records: RecordsPower
  readonly conversation: ConversationPower
}

export type HttpPower = {
  /** Every address a name resolves to; rejects when there is none. */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>
  /** One HTTP exchange with exactly that address (TLS still verifies the URL's host name); redirects are not followed. */
  exchange(request: {
    url: URL
    address: string
    method: string
    headers: Readonly<Record<string, string>>
    body?: string | undefined
    /** Bytes of body above which it rejects with `Coded('HTTP_TOO_LARGE')`. */
    maxBytes: number
    signal: AbortSignal
  }): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: Uint8Array }>
}

export type SecretsPower = {
  /** The secret `secrets_dir/PLUGIN/NAME` without a trailing newline, or null when it is not set. */
  read(plugin: string, name: string): Promise<string | null>
}

/** Key-value records of one plugin; the plugin's name is the prefix, so that no key can leave it. Times are ms since the epoch. */
export type RecordsPower = {
  get(plugin: string, key: string): Promise<string | null>
  /** False when it would pass `quota` bytes (keys and values, UTF-8). */
  set(plugin: string, key: string, value: string, expires: number | null, quota: number): Promise<boolean>
  delete(plugin: string, key: string): Promise<boolean>
  list(plugin: string, prefix: string, limit: number): Promise<readonly string[]>
}

export type ConversationPower = {
  /** Sends into the conversation that the turn came from; there is no way to name another. */
  say(turn: string, reply: Reply): Promise<void>
}

/** Binds the type parameters of one capability and freezes it; the table holds them with the parameters erased. */
export function capability<Grant, Request, Answer, Allowed>(
  definition: Capability<Grant, Request, Answer, Allowed>,
): Capability {
  return Object.freeze(definition) as unknown as Capability
}
