// Owns the snapshot of loaded plugins: replaced whole, never worsened by a fault. It starts no host; `admit` does.
import { dirname } from 'node:path'
import type { Fault } from '../errors.ts'
import { createAdmission, isSame, type Admit, type Admitted } from './admit.ts'
import { cachePowers } from './cached-powers.ts'
import { compareSnapshots, type Change } from './change.ts'
import { coalesce } from './coalesce.ts'
import { readText } from './files.ts'
import { grantState, readGrants, type Grants } from './grants.ts'
import { loadPlugins, type LoadOptions } from './load.ts'
import { faultAt } from './place.ts'
import type { Plugin, Snapshot } from './plugin.ts'
import type { ReadPowers } from './read-plugin.ts'

/** Asked for at each reload. `grantsFile` may be missing: then nothing is granted. */
export type RegistrySettings = Omit<LoadOptions, 'grants'> & { readonly grantsFile: string }

export type Registry = {
  readonly snapshot: () => Snapshot
  /**
   * Loads everything, at the first call without `admit`; `published` after each change of the snapshot. What needs no trial is in the snapshot before the trials begin, so that
   * no plugin delays another’s removal. Calls may overlap, and more than one may then report the same change.
   */
  readonly reload: (published?: () => Promise<void>) => Promise<Change>
}

/** Bytes: 300 plugins with long grants are a tenth of it. */
const MAX_GRANTS = 1024 ** 2

export function createRegistry({
  powers,
  settings,
  admit,
}: {
  powers: ReadPowers
  settings: () => RegistrySettings
  admit: Admit
}): Registry {
  let snapshot: Snapshot = Object.freeze({ plugins: new Map(), faults: [] })
  let isFirst = true
  let grants: Grants = {}
  const cached = cachePowers(powers)
  const admission = createAdmission(admit)
  const pass = coalesce(load)

  async function refreshGrants(file: string): Promise<readonly Fault[]> {
    const read = await readText(powers.files, file, dirname(file), MAX_GRANTS)
    if ('what' in read) {
      if (read.missing) grants = {}
      return read.missing ? [] : [faultAt({ file, line: 1, column: 1 }, `this file ${read.what}`, read.cure)]
    }
    const parsed = readGrants(read.text, file)
    if ('faults' in parsed) return parsed.faults
    grants = parsed.value.grants
    return []
  }

  async function load(): Promise<Admitted['pending']> {
    const { grantsFile, ...options } = settings()
    const grantFaults = await refreshGrants(grantsFile)
    const before = snapshot.plugins
    const regrant = (plugin: Plugin): Plugin =>
      Object.freeze({ ...plugin, state: grantState(plugin, grants, options.strict) })
    const loaded = await loadPlugins({ ...options, grants }, cached.powers, before)
    const admitted = isFirst ? { ...loaded, pending: [] } : admission.filter(loaded, before, regrant)
    cached.sweep()
    isFirst = false

    // A plugin that stayed the same stays the same object, so that whoever holds it need not compare.
    const plugins = admitted.plugins.map((plugin) => {
      const old = before.get(plugin.name)
      return old && isSame(old, plugin) ? old : plugin
    })
    const faults = Object.freeze([...grantFaults, ...admitted.faults])
    snapshot = Object.freeze({ plugins: new Map(plugins.map((plugin) => [plugin.name, plugin])), faults })
    return admitted.pending
  }

  async function reload(published: () => Promise<void> = async () => {}): Promise<Change> {
    const before = snapshot
    admission.retry()
    for (;;) {
      const pending = await pass()
      await published()
      if (pending.length === 0) break
      await admission.tryAny(pending)
    }
    return compareSnapshots(before, snapshot)
  }

  return { snapshot: () => snapshot, reload }
}
