// The configuration as one frozen snapshot, or every fault in it. It opens files only through the power it is handed, and no environment.
import { dirname, join, resolve } from 'node:path'
import type { Fault } from './errors.ts'
import { Secret } from './secret.ts'
import { createReader } from './settings/reader.ts'
import type { Given, Reader, ReadText } from './settings/reader.ts'
import { configurationSchema } from './settings/schema.ts'
import type { Configuration } from './settings/schema.ts'
import { explainFile } from './settings/secrets.ts'
import { readDingTalk, readGitHub, readModel, readSecurity, readServer } from './settings/sections.ts'
import { readState } from './settings/state.ts'
import { warnUnbuilt } from './settings/unbuilt.ts'
import { bounded } from './yaml/bounded.ts'
import { readYaml } from './yaml.ts'

const MAX_FILE_BYTES = 1024 * 1024

type Frozen<T> = unknown extends T ? T : T extends Secret ? T : { readonly [Key in keyof T]: Frozen<T[Key]> }
/** Paths are absolute; a section that is not configured is null. */
export type Settings = Frozen<ReturnType<typeof build>>
export type Loaded = { settings: Settings; warnings: Fault[] } | { faults: Fault[]; warnings: Fault[] }

/**
 * Reads the configuration and every secret file that it names. Without a `file`: the embedded defaults, with state under `<root>/var`.
 * `root` is Molten's own folder, with the plugins and policies that ship. Never throws, and never half a configuration: any fault at all
 * means no settings. What still makes sense of a faulty file is checked too, so that one run shows all there is to mend.
 */
export function loadSettings(options: { file?: string | undefined; root: string; read: ReadText }): Loaded {
  const { file, root, read } = options
  if (file === undefined) {
    const source = { position: () => ({ line: 1, column: 1 }), has: () => false }
    const place = { file: '(defaults)', configFile: null, root }
    return finish(place, configurationSchema.parse({}), [], { source, base: root, strict: false, open: false, read })
  }
  const found = read(resolve(file), MAX_FILE_BYTES)
  if ('code' in found) {
    const [what, cure] = explainFile(found.code)
    return { faults: [{ file, line: 1, column: 1, what: `the configuration ${what}`, cure }], warnings: [] }
  }
  const parsed = readYaml(found.text, file, configurationSchema)
  const raw = 'value' in parsed ? parsed.value : parsed.rest
  const faults = 'faults' in parsed ? parsed.faults : []
  if (raw === null) return { faults, warnings: [] }
  const place = { file, configFile: resolve(file), root }
  const strict = isStrict(raw, parsed.source.has(['security', 'isolation']))
  const open = (found.mode & 0o004) !== 0
  return finish(place, raw, faults, { source: parsed.source, base: dirname(place.configFile), strict, open, read })
}

type Place = { file: string; configFile: string | null; root: string }

function finish(place: Place, raw: Configuration, found: readonly Fault[], given: Given): Loaded {
  const [faults, warnings] = [[...found], [] as Fault[]]
  const reader = createReader(given, place.file, faults, warnings)
  const settings = build(reader, raw, place)
  warnUnbuilt(reader, raw)
  return faults.length > 0 ? { faults: bounded(faults), warnings } : { settings: freeze(settings), warnings }
}

// With a file, strict unless it says otherwise. One that says it badly has a fault already; guessing would add misleading ones.
function isStrict(raw: Configuration, written: boolean): boolean {
  return raw.security.isolation === 'strict' || (raw.security.isolation === undefined && !written)
}

function build(reader: Reader, raw: Configuration, { configFile, root }: Place) {
  const within = (path: string): string => resolve(reader.base, path)
  const config: Record<string, Record<string, unknown>> = raw.plugins.config
  const isolation: 'strict' | 'best-effort' = reader.strict ? 'strict' : 'best-effort'
  return {
    /** Absolute, or null with the embedded defaults. */
    configFile,
    ...readState(reader, raw),
    security: { isolation, ...readSecurity(reader, raw.security) },
    server: readServer(reader, raw.server),
    messageChannels: { dingtalk: readDingTalk(reader, raw.message_channels.dingtalk, raw.server) },
    model: readModel(reader, raw.model),
    tools: { github: readGitHub(reader, raw.tools.github) },
    sandbox: raw.sandbox,
    secretsDirectory: raw.secrets_dir === undefined ? null : within(raw.secrets_dir),
    plugins: {
      directories: raw.plugins.directories?.map(within) ?? [join(root, 'plugins')],
      config,
    },
    policies: {
      directory: raw.policies.directory === undefined ? join(root, 'policies') : within(raw.policies.directory),
    },
  }
}

function freeze<T>(value: T): Frozen<T>
function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (!(value instanceof Secret)) Object.values(value).forEach(freeze)
  return Object.freeze(value)
}
