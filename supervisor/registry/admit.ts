// Lets a plugin that appears or changes into a running system only after it has shown that it starts. Until then, and when it
// does not, what was there stays.
import type { Fault } from '../errors.ts'
import { canonicalJson } from './digest.ts'
import type { Loaded } from './load.ts'
import { faultAt } from './place.ts'
import type { Plugin } from './plugin.ts'

/** Tries a plugin for real; null when it starts. It bounds its own time; many may be under way at once. */
export type Admit = (plugin: Plugin, previous: Plugin | null) => Promise<Fault | null>

type Plugins = ReadonlyMap<string, Plugin>

export type Admitted = Loaded & {
  /** Not tried yet, each with what it would replace. */
  readonly pending: readonly { readonly plugin: Plugin; readonly previous: Plugin | null }[]
}

export type Admission = {
  /** What was loaded, less what was not admitted; `regrant` finds the state of what stays in its place. */
  filter(loaded: Loaded, before: Plugins, regrant: (plugin: Plugin) => Plugin): Admitted
  /** Tries each once, whoever else asks for it meanwhile, and resolves when the first of them is known to `filter`. */
  tryAny(pending: Admitted['pending']): Promise<void>
  /** Makes plugins that did not start be tried again: it may have been the machine's fault. */
  retry(): void
}

export function createAdmission(admit: Admit): Admission {
  // A fault stays on show while its plugin is tried again.
  const verdicts = new Map<string, { readonly fault: Fault | null; readonly stale: boolean }>()
  const running = new Map<string, Promise<void>>()

  async function tryOne(key: string, plugin: Plugin, previous: Plugin | null): Promise<void> {
    const place = { file: plugin.file, line: 1, column: 1 }
    const untried = faultAt(place, 'this plugin could not be tried', 'Look into the log, then reload')
    const fault = await admit(plugin, previous).catch(() => untried)
    verdicts.set(key, { fault, stale: false })
    running.delete(key)
  }

  return {
    filter(loaded, before, regrant) {
      const wanted = new Set(loaded.plugins.map(keyOf))
      for (const key of verdicts.keys()) if (!wanted.has(key)) verdicts.delete(key)
      const plugins = new Map<string, Plugin>()
      const faults = [...loaded.faults]
      const pending: Admitted['pending'][number][] = []
      const waiting: Plugin[] = []
      for (const plugin of loaded.plugins) {
        const previous = before.get(plugin.name) ?? null
        const verdict = verdicts.get(keyOf(plugin))
        // What awaits its grant is not tried: its code must not run yet.
        if (verdict?.fault === null || plugin.state !== 'ready' || (previous && isSame(plugin, previous))) {
          plugins.set(plugin.name, plugin)
          verdicts.delete(keyOf(plugin))
          continue
        }
        waiting.push(plugin)
        if (verdict?.fault) faults.push(verdict.fault)
        if (!verdict || verdict.stale) pending.push({ plugin, previous })
      }
      for (const { name, file } of waiting) {
        for (const previous of before.values()) {
          const stays = (previous.name === name || previous.file === file) && !plugins.has(previous.name)
          if (stays) plugins.set(previous.name, regrant(previous))
        }
      }
      return { plugins: [...plugins.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), faults, pending }
    },

    async tryAny(pending) {
      const trials = pending.map(({ plugin, previous }) => {
        const key = keyOf(plugin)
        const trial = running.get(key) ?? tryOne(key, plugin, previous)
        running.set(key, trial)
        return trial
      })
      await Promise.race(trials)
    },

    retry() {
      for (const [key, { fault }] of verdicts) verdicts.set(key, { fault, stale: fault !== null })
    },
  }
}

/** Whether a host of the one could go on serving the other. */
export function isSame(left: Plugin, right: Plugin): boolean {
  return left.state === right.state && keyOf(left) === keyOf(right)
}

function keyOf({ name, file, digest, config }: Plugin): string {
  return canonicalJson([name, file, digest, config])
}
