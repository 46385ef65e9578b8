// `molten check`: every fault in what a person wrote, and how to mend each. It starts nothing and changes nothing.
import { parseArgs } from 'node:util'
import { escapeControls } from '../access/audit-escape.ts'
import { describeFault } from '../errors.ts'
import type { Fault } from '../errors.ts'
import { readText } from '../io/read-text.ts'
import { loadSettings, type Settings } from '../settings.ts'
import { EXIT } from './exit.ts'
import { inspect } from './inspect.ts'
import { missingWalls } from './walls.ts'
import { ROOT } from './settings.ts'

export type Out = { write(text: string): unknown }

/** `check [--config F]`: 0 when nothing is wrong, 78 when anything is, 2 when the arguments are. */
export async function check(args: readonly string[], out: Out = process.stdout): Promise<number> {
  let file: string | undefined
  try {
    file = parseArgs({ args: [...args], options: { config: { type: 'string' } } }).values.config
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'unknown argument'
    out.write(`${escapeControls(problem)}\nusage: molten check [--config F]\n`)
    return EXIT.usage
  }
  const loaded = loadSettings({ file, root: ROOT, read: readText })
  const found = 'settings' in loaded ? await inspect(loaded.settings) : loaded
  const walls = 'settings' in loaded ? wallFaults(loaded.settings) : []
  const warnings = 'settings' in loaded ? [...loaded.warnings, ...found.warnings] : loaded.warnings
  const faults = [...walls, ...found.faults]
  printFaults(faults, warnings, out)
  if (faults.length > 0) return EXIT.configuration
  out.write(`ok: ${escapeControls(file ?? 'the embedded defaults')}\n`)
  return EXIT.ok
}

/** What `serve` would refuse to start over. */
function wallFaults({ security, configFile }: Settings): Fault[] {
  const missing = missingWalls()
  if (security.isolation !== 'strict' || missing.length === 0) return []
  const what = `\`isolation: strict\` refuses to start: these walls are not built yet: ${missing.join(', ')}`
  return [
    {
      file: configFile ?? '(defaults)',
      line: 1,
      column: 1,
      what,
      cure: 'Set security.isolation: best-effort to run without them',
    },
  ]
}

/** A line for each, warnings first, so that what must be mended stands last on the screen. */
export function printFaults(faults: readonly Fault[], warnings: readonly Fault[], out: Out): void {
  for (const warning of warnings) out.write(`warning: ${escapeControls(describeFault(warning))}\n`)
  for (const fault of faults) out.write(`${escapeControls(describeFault(fault))}\n`)
}
