// Configurations in a folder of their own, loaded by the real reader, with what was found in the form `line:column what`.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Fault } from '../../supervisor/errors.ts'
import { readText } from '../../supervisor/io/read-text.ts'
import { loadSettings } from '../../supervisor/settings.ts'
import type { Loaded, Settings } from '../../supervisor/settings.ts'

export const ROOT = '/opt/molten'
export const JWT = 'j'.repeat(32)
type Files = Readonly<Record<string, string | Uint8Array>>

/** A folder with the given files, private unless `mode` says otherwise; gone after the test. */
export function folder(t: TestContext, files: Files, mode = 0o600): string {
  const path = mkdtempSync(join(tmpdir(), 'settings-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(path, name), content)
    chmodSync(join(path, name), mode)
  }
  return path
}

export function load(t: TestContext, config: string, files: Files = {}, mode?: number): { at: string; loaded: Loaded } {
  const at = folder(t, { ...files, 'config.yaml': config }, mode)
  return { at, loaded: loadSettings({ file: join(at, 'config.yaml'), root: ROOT, read: readText }) }
}

export function settingsOf(t: TestContext, config: string, files?: Files): { settings: Settings; at: string } {
  const { loaded, at } = load(t, config, files)
  if ('faults' in loaded) assert.fail(lines(loaded.faults).join('\n'))
  return { settings: loaded.settings, at }
}

export function faultsOf(t: TestContext, config: string, files?: Files, mode?: number): string[] {
  const { loaded, at } = load(t, config, files, mode)
  assert.ok('faults' in loaded, 'expected faults')
  return lines(loaded.faults).map((line) => line.replaceAll(`${at}/`, ''))
}

export function lines(faults: readonly Fault[]): string[] {
  return faults.map(({ line, column, what }) => `${line}:${column} ${what}`)
}
