// The composition root: the only place that constructs the parts and connects them. It decides nothing itself.
import { join } from 'node:path'
import { openAudit, type Audit } from './access/audit.ts'
import { withoutAudit } from './access/without-audit.ts'
import { createBroker } from './broker.ts'
import type { Powers } from './capabilities/capability.ts'
import { assertPowers, table } from './capabilities/table.ts'
import type { Channel } from './chat/message.ts'
import type { Clock, Log } from './chat/powers.ts'
import { createTerminal, type Terminal } from './chat/terminal.ts'
import { describeFault, type Fault } from './errors.ts'
import type { HostEvent } from './host.ts'
import { createHosts, type Hosts } from './hosts.ts'
import { createIntake, type Intake } from './intake.ts'
import { startChild } from './io/child.ts'
import { createFiles } from './io/files.ts'
import type { createHttp } from './io/http.ts'
import { openLogFile } from './io/log-file.ts'
import { readPolicies } from './io/policies.ts'
import { createSecrets } from './io/secrets.ts'
import { openSqlite } from './io/sqlite.ts'
import { ownKey, parseKey, prepareState } from './io/state.ts'
import { createStripper } from './io/strip.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createManifestReader } from './registry/read-manifest.ts'
import { createRegistry } from './registry/registry.ts'
import type { Plugin } from './registry/plugin.ts'
import { createArgsValidator } from './routing/args.ts'
import { openRulebook, type Rulebook } from './rulebook.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'
import { takeTurn } from './turn.ts'

export type Core = {
  readonly settings: Settings
  readonly audit: Audit
  readonly hosts: Hosts
  readonly intake: Intake
  readonly rulebook: Rulebook
  readonly terminal: Terminal
  readonly store: Store
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
  /** Loads plugins and rules again; what changed is audited. Never rejects. */
  reload(): Promise<void>
  /** Takes no more messages, lets turns end within `ms`, ends the hosts, flushes the audit log. */
  stop(ms: number): Promise<void>
}

/** A start that must not happen, with the sentences that say why. */
export class StartRefused extends Error {
  readonly reasons: readonly string[]
  constructor(reasons: readonly string[]) {
    super(reasons.join('\n'))
    this.name = 'StartRefused'
    this.reasons = reasons
  }
}

export type CoreOptions = {
  version: string
  log: Log
  http: ReturnType<typeof createHttp>
  /** Channels beside the terminal. */
  channels: (parts: Pick<Core, 'metrics' | 'clock' | 'log'>) => readonly Channel[]
}

/** Milliseconds that an answered message is known again; DingTalk pushes again within minutes. */
const REMEMBERED = 7 * 24 * 3_600_000
const FORGET_EVERY = 3_600_000

/** Everything but the doors to the outside: store, audit, rules, hosts, broker, turns. Throws `StartRefused`. */
export async function startCore(settings: Settings, { version, log, http, channels }: CoreOptions): Promise<Core> {
  const clock: Clock = { now: Date.now, setTimeout: (run, ms) => cancelOf(setTimeout(run, ms)) }
  // Whatever this process creates is its user's alone.
  process.umask(0o077)
  const store = openStore(settings)
  const audit = await openLog(settings, store, version, log)

  const files = createFiles()
  const stripper = createStripper()
  const validator = createArgsValidator()
  const readManifest = createManifestReader(table, validator.checkArgsSchema)
  const hosts = createHosts(startChild, clock.now, (event) => noteHost(event, audit, log))
  const registry = createRegistry({
    powers: { files, strip: stripper.strip, readManifest },
    settings: () => ({
      directories: settings.plugins.directories,
      overrides: settings.plugins.config,
      strict: settings.security.isolation === 'strict',
      grantsFile: join(settings.policies.directory, 'grants.yaml'),
    }),
    admit: async (plugin) => (plugin.state === 'ready' ? unfit(plugin, await hosts.trial(plugin)) : null),
  })
  const opened = await openRulebook(registry, () => readPolicies(settings.policies.directory), validator)
  if ('faults' in opened) {
    await audit.close()
    await store.close()
    await stripper.close()
    throw new StartRefused(opened.faults.map(describeFault))
  }
  const { rulebook } = opened

  const powers: Powers = {
    http,
    secrets: settings.secretsDirectory === null ? { read: async () => null } : createSecrets(settings.secretsDirectory),
    records: store.records,
    conversation: { say: (turn, reply) => intake.say(turn, reply) },
  }
  assertPowers(powers)
  const broker = createBroker(table, powers, () => rulebook.now().policy, audit, clock.now)
  const terminal = createTerminal(clock.now)
  const metrics = createMetrics({
    hosts: () => hosts.status().length,
    turns: () => intake.active(),
    auditUp: audit.healthy,
  })
  const intake = createIntake({
    store,
    audit,
    log,
    channels: [terminal.channel, ...channels({ metrics, clock, log })],
    later: (run, ms) => void setTimeout(run, ms).unref(),
    take: async (turn, message, begun) => {
      const end = await takeTurn(turn, message, begun, {
        audit,
        hosts,
        broker,
        store,
        log,
        rules: rulebook.now,
        clock: clock.now,
      })
      metrics.turn(end.status)
      return end
    },
  })
  const note = createNotes(rulebook, audit, log)
  note()

  const forget = (): void => {
    store.prune(clock.now() - REMEMBERED).catch((error: unknown) => {
      log('error', { error: String(error) }, 'old messages could not be forgotten')
    })
  }
  const forgetting = setInterval(forget, FORGET_EVERY).unref()

  const publish = (): void => {
    hosts.keep([...rulebook.now().snapshot.plugins.values()].filter(({ state }) => state === 'ready'))
    note()
  }
  // Reloads may overlap: one that waits for a slow trial must not hold up the next.
  const reloads = new Set<Promise<unknown>>()
  const reload = async (): Promise<void> => {
    const one = rulebook.reload(publish)
    reloads.add(one)
    try {
      await one
    } catch (error) {
      log('error', { error: String(error) }, 'a reload failed; what was loaded goes on')
    } finally {
      reloads.delete(one)
    }
  }

  return {
    settings,
    audit,
    hosts,
    intake,
    rulebook,
    terminal,
    store,
    metrics,
    clock,
    log,
    reload,
    async stop(ms) {
      clearInterval(forgetting)
      await intake.stop(ms)
      await hosts.stop()
      await Promise.allSettled(reloads)
      await stripper.close()
      await audit.close()
      await store.close()
    },
  }
}

function openStore(settings: Settings): Store {
  const { keyFile, key } = settings.encryption.database
  try {
    prepareState(settings.stateDirectory)
    const bytes = key ? parseKey(key.reveal(), keyFile) : ownKey(keyFile, settings.store.file)
    return openSqlite(settings.store.file, bytes, Date.now)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    if (what === 'database is locked')
      throw new StartRefused([`${settings.store.file} is in use: another supervisor runs on it`])
    throw new StartRefused([`the store ${settings.store.file} cannot be opened: ${what}`])
  }
}

async function openLog(settings: Settings, store: Store, version: string, log: Log): Promise<Audit> {
  if (!settings.audit.enabled) return withoutAudit()
  try {
    const { audit, tail } = await openAudit({
      file: openLogFile(settings.audit.logPath),
      head: { load: () => store.head(), save: (head) => store.saveHead(head) },
      now: Date.now,
      warn: (what, cause) => log('error', { cause: String(cause) }, what),
    })
    const { tampered } = tail
    if (tampered) log('error', { file: settings.audit.logPath }, `the audit log was tampered with: ${tampered.what}`)
    const detail = {
      version,
      node: process.version,
      pid: process.pid,
      isolation: settings.security.isolation,
      config: settings.configFile,
    }
    await audit.record({ kind: 'boot', detail: { ...detail, ...(tampered && { tampered }) } })
    audit.append({ kind: 'config', detail: { file: settings.configFile, isolation: settings.security.isolation } })
    return audit
  } catch (error) {
    await store.close()
    const what = error instanceof Error ? error.message : String(error)
    throw new StartRefused([`the audit log ${settings.audit.logPath} cannot be written: ${what}`])
  }
}

function noteHost({ kind, plugin, pid, since, what }: HostEvent, audit: Audit, log: Log): void {
  const { name, version } = plugin
  audit.append({
    kind: 'host',
    plugin: name,
    version,
    detail: { event: kind, pid, started: new Date(since).toISOString(), ...(what && { what }) },
  })
  log(kind === 'broken' || kind === 'overdue' ? 'error' : 'debug', { plugin: name, pid, what }, `host ${kind}`)
}

/** Audits and logs what is loaded, each time that it is not what was noted before. */
function createNotes(rulebook: Rulebook, audit: Audit, log: Log): () => void {
  let noted = ''
  let states = new Map<string, string>()
  return () => {
    const { snapshot, digest } = rulebook.now()
    const plugins = [...snapshot.plugins.values()].map(({ name, version, digest: code, state }) => ({
      name,
      version,
      digest: code,
      state,
    }))
    const faults = rulebook.faults().map(describeFault)
    const now = JSON.stringify([plugins, faults, digest])
    if (now === noted) return
    const isFirst = noted === ''
    noted = now
    for (const { name, version, state } of plugins) {
      if (!isFirst && states.get(name) !== state && (state !== 'ready' || states.has(name))) {
        audit.append({ kind: 'grant', plugin: name, version, detail: { state } })
      }
    }
    states = new Map(plugins.map(({ name, state }) => [name, state]))
    audit.append({ kind: 'registry', detail: { plugins, faults } })
    audit.append({ kind: 'policy', detail: { digest } })
    for (const fault of faults) log('error', {}, fault)
    for (const warning of rulebook.warnings()) log('warn', {}, describeFault(warning))
  }
}

/** What a trial found, at the author's own line where the stack names one. */
function unfit(plugin: Plugin, problem: string | null): Fault | null {
  if (problem === null) return null
  const place = /([\w./-]{1,200}\.[cm]?[jt]s):(\d{1,9}):(\d{1,9})/.exec(problem.slice(0, 4_000))
  const [, path, line, column] = place ?? []
  const file = path !== undefined && Object.hasOwn(plugin.modules, path) ? join(plugin.folder, path) : plugin.file
  const [what = 'does not load'] = problem.split('\n')
  return {
    file,
    line: Number(line ?? 1),
    column: Number(column ?? 1),
    what,
    cure: 'Correct the code; the last good version goes on',
  }
}

function cancelOf(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer)
}
