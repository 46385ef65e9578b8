// Plugins and rules as they lie on the disk, loaded without starting anything: what `check` and `plugin` look at.
import { join } from 'node:path'
import { table } from '../capabilities/table.ts'
import type { Fault } from '../errors.ts'
import { createFiles } from '../io/files.ts'
import { readPolicies } from '../io/policies.ts'
import { createStripper } from '../io/strip.ts'
import { createManifestReader } from '../registry/read-manifest.ts'
import { createRegistry } from '../registry/registry.ts'
import type { Snapshot } from '../registry/plugin.ts'
import { createArgsValidator } from '../routing/args.ts'
import { openRulebook } from '../rulebook.ts'
import type { Settings } from '../settings.ts'

export type Inspected = { snapshot: Snapshot; faults: readonly Fault[]; warnings: readonly Fault[] }

export function grantsFileOf(settings: Settings): string {
  return join(settings.policies.directory, 'grants.yaml')
}

/** `directories`: other plugin directories than the configured ones; then the rules are not looked at. */
export async function inspect(settings: Settings, directories?: readonly string[]): Promise<Inspected> {
  const stripper = createStripper()
  const validator = createArgsValidator()
  try {
    const registry = createRegistry({
      powers: {
        files: createFiles(),
        strip: stripper.strip,
        readManifest: createManifestReader(table, validator.checkArgsSchema),
      },
      settings: () => ({
        directories: directories ?? settings.plugins.directories,
        overrides: settings.plugins.config,
        strict: settings.security.isolation === 'strict',
        grantsFile: grantsFileOf(settings),
      }),
      admit: async () => null,
    })
    if (directories) {
      await registry.reload()
      return { snapshot: registry.snapshot(), faults: registry.snapshot().faults, warnings: [] }
    }
    const opened = await openRulebook(registry, () => readPolicies(settings.policies.directory), validator)
    if ('faults' in opened) return { snapshot: registry.snapshot(), faults: opened.faults, warnings: [] }
    return { snapshot: registry.snapshot(), faults: opened.rulebook.faults(), warnings: opened.rulebook.warnings() }
  } finally {
    await stripper.close()
  }
}
