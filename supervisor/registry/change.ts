// Tells two snapshots apart.
import type { Fault } from '../errors.ts'
import type { Plugin, Snapshot } from './plugin.ts'

/** What a reload did; `changed` are new versions, new configurations and new states. Faults are all there are now. */
export type Change = {
  readonly added: readonly Plugin[]
  readonly changed: readonly { readonly before: Plugin; readonly after: Plugin }[]
  readonly removed: readonly Plugin[]
  readonly faults: readonly Fault[]
}

/** A plugin that is the same object did not change. */
export function compareSnapshots({ plugins: before }: Snapshot, { plugins, faults }: Snapshot): Change {
  const all = [...plugins.values()]
  return {
    added: all.filter(({ name }) => !before.has(name)),
    changed: all.flatMap((after) => {
      const old = before.get(after.name)
      return old && old !== after ? [{ before: old, after }] : []
    }),
    removed: [...before.values()].filter(({ name }) => !plugins.has(name)),
    faults,
  }
}
