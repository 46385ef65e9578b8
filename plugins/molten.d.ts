// The guest API: what a plugin's code finds besides standard JavaScript. There is no Node, no network and no file behind it; every
// effect is a capability that the manifest asks for and an administrator grants.

declare module 'molten' {
  export type Reply = string | { text: string } | { markdown: string; title?: string }

  /** A routed, validated request. `args` fit the command's JSON Schema. */
  export type Command = {
    readonly plugin: string
    readonly name: string
    readonly args: Record<string, unknown>
    readonly turn: string
    /** `dingtalk:<staffId>` or `terminal:<user>`. */
    readonly person: string
    readonly conversation: { readonly id: string; readonly kind: 'single' | 'group' }
    readonly language: 'zh' | 'en'
  }

  /** The default export of a plugin's main module extends this. A new object is made for each command; nothing is kept between two. */
  export class Plugin<Config = Record<string, unknown>> {
    readonly config: Config
    constructor(config: Config)
    /** By default calls the method named like the command (`create-issue`: `'create-issue'()` or `createIssue()`). */
    execute(command: Command): Reply | Promise<Reply>
    /** By default what the manifest asks for. Code that asks for more does not load. */
    getCapabilities(): readonly string[] | Record<string, unknown>
  }

  /** What a refused or failed capability call rejects with. */
  export interface CallError extends Error {
    /** `CALL_NOT_GRANTED`, `EFFECT_EXCEEDED`, `HTTP_TIMEOUT`, … the codes of the README. */
    readonly code: string
  }

  /** Capability `http.fetch`. */
  export const http: {
    fetch(
      url: string | { toString(): string },
      init?: { method?: string; headers?: Record<string, string>; body?: string },
    ): Promise<{ status: number; headers: Record<string, string>; body: string; url: string }>
  }

  /** Capability `store`: the plugin's own records. Values are JSON, at most 64 KiB each. */
  export const store: {
    get(key: string): Promise<unknown>
    /** `ttl` in seconds. */
    set(key: string, value: unknown, options?: { ttl?: number }): Promise<void>
    /** False when there was no such key. */
    delete(key: string): Promise<boolean>
    /** Keys with this prefix, sorted; at most `limit` (1,000 by default). */
    list(prefix?: string, options?: { limit?: number }): Promise<string[]>
  }

  /** Capability `chat.send`: says something into the conversation that asked, before the reply. */
  export const chat: { send(reply: Reply): Promise<void> }

  /** Lines in the supervisor's log, with the turn's id. At most 200 lines of 2,000 characters a command. */
  export const log: {
    debug(...values: unknown[]): void
    info(...values: unknown[]): void
    warn(...values: unknown[]): void
    error(...values: unknown[]): void
  }
}
