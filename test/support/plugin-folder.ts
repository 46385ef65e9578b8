// Builds plugin directories of real files for tests; everything is gone when the test ends.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { table } from '../../supervisor/capabilities/table.ts'
import { createFiles } from '../../supervisor/io/files.ts'
import { createStripper } from '../../supervisor/io/strip.ts'
import { createManifestReader } from '../../supervisor/registry/read-manifest.ts'
import type { ReadPowers } from '../../supervisor/registry/read-plugin.ts'

export type PluginFolder = { readonly path: string; readonly write: (files: Readonly<Record<string, string>>) => void }

/** A new directory; `write` makes files by their path inside it. */
export function pluginFolder(t: TestContext, files: Readonly<Record<string, string>> = {}): PluginFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'molten-plugins-')))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(dirname(join(path, name)), { recursive: true })
      writeFileSync(join(path, name), text)
    }
  }
  write(files)
  return { path, write }
}

/** The powers that main hands to the registry, with every argument schema taken as good. */
export function readPowers(t: TestContext): ReadPowers {
  const { strip, close } = createStripper()
  t.after(close)
  return { files: createFiles(), strip, readManifest: createManifestReader(table, () => null) }
}

/** A manifest of one command; `lines` go after its name, and replace `main: main.ts` when they bring code of their own. */
export function manifest(name: string, ...lines: readonly string[]): string {
  const hasCode = lines.some((line) => /^(main|source):/.test(line))
  return [
    'apiVersion: molten/v1',
    `name: ${name}`,
    'version: 1.0.0',
    'description: 测试',
    ...(hasCode ? [] : ['main: main.ts']),
    ...lines,
    'commands: {now: {description: 现在, effect: read}}',
    '',
  ].join('\n')
}

export const CODE =
  "import { Plugin } from 'molten'\nexport default class extends Plugin {\n  now(): string { return 'ok' }\n}\n"
