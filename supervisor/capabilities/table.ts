// The closed table of capabilities: a name that is not here does not exist.
import type { Capability, Powers } from './capability.ts'
import { chatSend } from './chat-send.ts'
import { httpFetch } from './http-fetch.ts'
import { store } from './store.ts'

const bare: Record<string, Capability> = Object.create(null)

/** Every capability by its name; without a prototype, so that no other name finds anything. */
export const table: Readonly<Record<string, Capability>> = Object.freeze(
  Object.assign(bare, Object.fromEntries([httpFetch, store, chatSend].map((one) => [one.name, one]))),
)

/** Throws, at start, when a capability lists a power that was not handed over, or a power was handed over that none lists. */
export function assertPowers(powers: Partial<Powers>): asserts powers is Powers {
  const listed = new Set<string>(Object.values(table).flatMap((one) => one.powers))
  const given = new Set(Object.entries(powers).flatMap(([name, power]) => (power === undefined ? [] : [name])))
  const missing = [...listed.difference(given)]
  const left = [...given.difference(listed)]
  if (missing.length > 0) throw new Error(`capabilities lack the powers ${missing.join(', ')}`)
  if (left.length > 0) throw new Error(`no capability lists the powers ${left.join(', ')}`)
}
