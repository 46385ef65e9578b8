// Every plugin's host: started at its first command, shared by that plugin's commands up to its concurrency, drained when the plugin
// changes. It never lets one plugin's trouble reach another's.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Code } from './errors.ts'
import { startHost, type Host, type HostEvent, type RunRequest, type RunResult, type StartChild } from './host.ts'
import type { Plugin } from './registry/plugin.ts'

export type HostState = 'starting' | 'ready' | 'draining'
export type HostStatus = {
  plugin: string
  version: string
  state: HostState
  pid: number
  /** Milliseconds since the epoch. */
  since: number
  running: number
  waiting: number
  commands: number
}

export type Hosts = {
  /** Runs one command; waits for a free place, starts the host when there is none. Never rejects. */
  run(plugin: Plugin, id: string, request: RunRequest): Promise<RunResult>
  /** Starts a host to see whether the plugin loads whole; keeps it for the plugin's commands. Resolves with what is wrong, or null. */
  trial(plugin: Plugin): Promise<string | null>
  /** Drains every host whose plugin is not, exactly so, among these. */
  keep(plugins: Iterable<Plugin>): void
  status(): HostStatus[]
  /** Kills what is left and waits until it is gone. */
  stop(): Promise<void>
}

/** Commands of one plugin that may wait for a place; one more is refused. Far fewer than turns, so that no plugin takes them all. */
const QUEUE = 64

type Slot = {
  /** Its process is about to die: what has not started there starts elsewhere. */
  lost: boolean
  gone: boolean
  host: Host
  state: HostState
  waiting: (() => void)[]
  busy: number
  commands: number
  fit: Promise<{ code: Code; message: string } | null>
}

export function createHosts(start: StartChild, now: () => number, emit: (event: HostEvent) => void): Hosts {
  const slots = new Map<string, Slot>()
  const leaving = new Set<Slot>()
  const trials = new Set<string>()
  let wanted: ReadonlySet<string> | null = null
  let stopping = false
  const key = (plugin: Plugin): string => `${plugin.name} ${plugin.digest}`

  function open(plugin: Plugin): Slot {
    const found = slots.get(key(plugin))
    if (found) return found
    let slot: Slot | null = null
    const host = startHost(plugin, start, now, (event) => {
      if (event.kind === 'dying' || event.kind === 'broken' || event.kind === 'overdue') {
        if (slot) lose(slot)
      }
      emit(event)
    })
    const own: Slot = {
      lost: false,
      gone: false,
      host,
      state: 'starting',
      waiting: [],
      busy: 0,
      commands: 0,
      fit: host.ready.then((answer) => judge(plugin, answer)),
    }
    slot = own
    slots.set(key(plugin), own)
    void own.fit.then((problem) => {
      if (problem) close(own)
      else if (own.state === 'starting') {
        own.state = 'ready'
        settle(own)
        emit({ kind: 'ready', plugin, pid: host.pid, since: host.since, what: '' })
      }
    })
    void host.exited.then(() => {
      own.lost = true
      own.gone = true
      forget(own)
      leaving.delete(own)
      for (const go of own.waiting.splice(0)) go()
    })
    return own
  }

  function lose(slot: Slot): void {
    slot.lost = true
    forget(slot)
    leaving.add(slot)
    for (const go of slot.waiting.splice(0)) go()
  }

  function forget(slot: Slot): void {
    const name = key(slot.host.plugin)
    if (slots.get(name) === slot) slots.delete(name)
  }

  /** No new commands; killed once the last one has ended. */
  function close(slot: Slot): void {
    forget(slot)
    slot.state = 'draining'
    if (slot.gone) return
    leaving.add(slot)
    if (slot.busy === 0) slot.host.kill()
  }

  /** Ends a host that nobody wants any more, once nothing runs there. A turn may hold an old version to its end. */
  function settle(slot: Slot): void {
    const name = key(slot.host.plugin)
    if (slot.state === 'draining' || slot.lost) return void (slot.busy === 0 && slot.host.kill())
    if (slot.state === 'ready' && wanted && !wanted.has(name) && !trials.has(name)) close(slot)
  }

  /** Null when the host was lost before the command began. */
  async function runIn(slot: Slot, id: string, request: RunRequest): Promise<RunResult | null> {
    const { host } = slot
    slot.busy += 1
    try {
      const problem = await slot.fit
      if (problem) return refuse(problem.code, problem.message)
      if (host.running() >= host.plugin.limits.concurrency) await new Promise<void>((go) => slot.waiting.push(go))
      if (slot.lost) return null
      slot.commands += 1
      return await host.run(id, request)
    } finally {
      slot.busy -= 1
      slot.waiting.shift()?.()
      settle(slot)
    }
  }

  return {
    async run(plugin, id, request) {
      // Twice: a host may be lost while a command waits for its place there, and a plugin that loses every host must not loop.
      for (let attempt = 0; attempt < 2; attempt++) {
        if (stopping) return refuse('SHUTTING_DOWN', '')
        let slot: Slot
        try {
          slot = open(plugin)
        } catch (error) {
          return refuse('HOST_FAILED', error instanceof Error ? error.message : 'unknown')
        }
        if (slot.busy >= plugin.limits.concurrency + QUEUE) return refuse('OVERLOADED', '')
        const result = await runIn(slot, id, request)
        if (result) return result
      }
      return refuse('HOST_LOST', '')
    },
    async trial(plugin) {
      trials.add(key(plugin))
      try {
        const problem = await open(plugin).fit
        return problem && (problem.message || problem.code)
      } finally {
        trials.delete(key(plugin))
      }
    },
    keep(plugins) {
      wanted = new Set([...plugins].map(key))
      for (const slot of slots.values()) settle(slot)
    },
    status: () =>
      [...slots.values(), ...leaving].map(({ host, state, waiting, commands }) => ({
        plugin: host.plugin.name,
        version: host.plugin.version,
        state,
        pid: host.pid,
        since: host.since,
        running: host.running(),
        waiting: waiting.length,
        commands,
      })),
    async stop() {
      stopping = true
      const all = [...slots.values(), ...leaving]
      for (const slot of all) slot.host.kill()
      await Promise.all(all.map((slot) => slot.host.exited))
    },
  }
}

function refuse(code: Code, message: string): RunResult {
  return { ok: false, code, message, stack: '', cpu: 0 }
}

const askedSchema = z.union([
  z.array(z.string().max(64)).max(64),
  z.record(z.string().max(64), z.unknown()).refine((asked) => Object.keys(asked).length <= 64),
])

/** Code may ask for less than its manifest, never for more. What it says was chosen by a guest, to the last byte. */
function judge(plugin: Plugin, answer: Awaited<Host['ready']>): { code: Code; message: string } | null {
  if ('code' in answer) return answer
  const problem = (message: string): { code: Code; message: string } => ({
    code: 'PLUGIN_LOAD_FAILED',
    message: `getCapabilities() ${message}`,
  })
  try {
    const asked = askedSchema.parse(JSON.parse(answer.capabilities))
    const names = Array.isArray(asked) ? asked : Object.keys(asked)
    const more = names.find((name) => !Object.hasOwn(plugin.capabilities, name))
    if (more !== undefined) return problem(`asks for ${more}, which its manifest does not`)
    if (Array.isArray(asked)) return null
    const other = names.find((name) => !isDeepStrictEqual(asked[name], plain(plugin.capabilities[name])))
    return other === undefined ? null : problem(`asks for another ${other} than its manifest`)
  } catch {
    return problem('must return a list of names or a record of grants')
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}
