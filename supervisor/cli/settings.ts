// What every subcommand begins with: the configuration, or its faults on standard error and exit code 78.
import { join } from 'node:path'
import { describeFault } from '../errors.ts'
import { readText } from '../io/read-text.ts'
import { loadSettings, type Settings } from '../settings.ts'
import type { Fault } from '../errors.ts'
import { EXIT, Exit } from './exit.ts'

/** Molten's own folder, with the plugins and policies that ship. */
export const ROOT = join(import.meta.dirname, '../..')

/** Throws `Exit` with every fault. */
export function settingsOf(file: string | undefined): { settings: Settings; warnings: readonly Fault[] } {
  const loaded = loadSettings({ file, root: ROOT, read: readText })
  if ('faults' in loaded) throw new Exit(EXIT.configuration, ...loaded.faults.map(describeFault))
  return loaded
}
