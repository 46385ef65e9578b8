// What a test may see of a running supervisor without asking it: its audit log, looked at until it says what is awaited.
import { setTimeout } from 'node:timers/promises'
import type { StoredRecord } from '../../supervisor/access/audit-record.ts'
import type { Molten } from './molten.ts'

/** The first record, past or future, that fits. A test's own time-out ends the wait. */
export async function record(molten: Molten, fits: (record: StoredRecord) => boolean): Promise<StoredRecord> {
  for (;;) {
    const found = molten.records().find(fits)
    if (found) return found
    await setTimeout(25)
  }
}

export function pluginIs(name: string, state: string, version?: string): (record: StoredRecord) => boolean {
  return ({ kind, detail }) => {
    if (kind !== 'registry') return false
    const plugins = (detail?.['plugins'] ?? []) as { name: string; state: string; version: string }[]
    return plugins.some(
      (each) => each.name === name && each.state === state && (version === undefined || each.version === version),
    )
  }
}

/** Grants `fetcher` and waits until the supervisor has taken it up. */
export async function grantFetcher(molten: Molten): Promise<void> {
  const { code, err } = await molten.cli('plugin', 'grant', 'fetcher', '--yes')
  if (code !== 0) throw new Error(err)
  await record(molten, pluginIs('fetcher', 'ready'))
}

/** The pid of a plugin's newest host. */
export function hostOf(molten: Molten, plugin: string): number {
  const started = molten
    .records()
    .findLast((each) => each.kind === 'host' && each.plugin === plugin && each.detail?.['event'] === 'started')
  return Number(started?.detail?.['pid'])
}

/** Waits until no turn runs and no reply is owed. */
export async function settled(molten: Molten): Promise<void> {
  for (;;) {
    const { out } = await molten.cli('status', '--json')
    const { turns, owing } = JSON.parse(out) as { turns: number; owing: number }
    if (turns === 0 && owing === 0) return
    await setTimeout(25)
  }
}
