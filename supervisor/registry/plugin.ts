// What a loaded plugin is: its manifest, its code as data, and whether it may run.
import type { Fault } from '../errors.ts'
import type { Effect } from '../capabilities/capability.ts'

/** JSON Schema 2020-12 of a command's arguments: an object schema. */
export type ArgsSchema = {
  readonly type: 'object'
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly required?: readonly string[]
  readonly [key: string]: unknown
}

export type CommandSpec = {
  readonly description: string
  readonly effect: Effect
  readonly args: ArgsSchema
  readonly examples: readonly string[]
}

/** Bytes and milliseconds. */
export type Limits = {
  readonly memory: number
  readonly cpu: number
  readonly wall: number
  readonly concurrency: number
  readonly output: number
}

export type Plugin = {
  readonly name: string
  readonly version: string
  readonly description: string
  /** Manifest file, and the folder that code is read from. */
  readonly file: string
  readonly folder: string
  readonly config: Readonly<Record<string, unknown>>
  /** Capability name → its parsed grant. */
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly limits: Limits
  readonly commands: Readonly<Record<string, CommandSpec>>
  /** Path inside the folder → JavaScript (types stripped, positions kept). */
  readonly modules: Readonly<Record<string, string>>
  readonly main: string
  /** SHA-256 hex: of manifest and code; of the capabilities alone. */
  readonly digest: string
  readonly capabilitiesDigest: string
  readonly state: 'ready' | 'awaiting-grant'
}

/** Replaced whole, never changed. */
export type Snapshot = { readonly plugins: ReadonlyMap<string, Plugin>; readonly faults: readonly Fault[] }
