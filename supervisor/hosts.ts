// Every plugin's host: started at its first command, shared by that plugin's commands up to its concurrency, drained when the plugin
// changes. It never lets one plugin's trouble reach another's.
import { isDeepStrictEqual } from 'node:util'
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

/** Commands of one plugin that may wait for a place; one more is refused. */
const QUEUE = 1_000

type Slot = {
  /** Its process is about to die: what has not started there starts elsewhere. */
  lost: boolean
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
  let stopping = false
  const key = (plugin: Plugin): string => `${plugin.name} ${plugin.digest}`

  function open(plugin: Plugin): Slot {
    const found = slots.get(key(plugin))
    if (found) return found
    const host = startHost(plugin, start, now, (event) => {
      if (event.kind === 'dying' || event.kind === 'broken' || event.kind === 'overdue') lose(key(plugin))
      emit(event)
    })
    const slot: Slot = {
      lost: false,
      host,
      state: 'starting',
      waiting: [],
      busy: 0,
      commands: 0,
      fit: host.ready.then((answer) => judge(plugin, answer)),
    }
    slots.set(key(plugin), slot)
    void slot.fit.then((problem) => {
      if (problem) close(slot)
      else if (slot.state === 'starting') {
        slot.state = 'ready'
        emit({ kind: 'ready', plugin, pid: host.pid, what: '' })
      }
    })
    void host.exited.then(() => {
      slot.lost = true
      if (slots.get(key(plugin)) === slot) slots.delete(key(plugin))
      leaving.delete(slot)
      for (const go of slot.waiting.splice(0)) go()
    })
    return slot
  }

  function lose(name: string): void {
    const slot = slots.get(name)
    if (!slot) return
    slot.lost = true
    slots.delete(name)
    leaving.add(slot)
    for (const go of slot.waiting.splice(0)) go()
  }

  /** No new commands; killed once the last one has ended. */
  function close(slot: Slot): void {
    if (slots.get(key(slot.host.plugin)) === slot) slots.delete(key(slot.host.plugin))
    slot.state = 'draining'
    leaving.add(slot)
    if (slot.busy === 0) slot.host.kill()
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
      if (slot.state === 'draining' && slot.busy === 0) host.kill()
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
        if (slot.waiting.length >= QUEUE) return refuse('OVERLOADED', '')
        const result = await runIn(slot, id, request)
        if (result) return result
      }
      return refuse('HOST_LOST', '')
    },
    async trial(plugin) {
      const problem = await open(plugin).fit
      return problem && (problem.message || problem.code)
    },
    keep(plugins) {
      const wanted = new Set([...plugins].map(key))
      for (const [name, slot] of slots) if (!wanted.has(name)) close(slot)
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

/** Code may ask for less than its manifest, never for more. */
function judge(plugin: Plugin, answer: Awaited<Host['ready']>): { code: Code; message: string } | null {
  if ('code' in answer) return answer
  const problem = (message: string): { code: Code; message: string } => ({
    code: 'PLUGIN_LOAD_FAILED',
    message: `getCapabilities() ${message}`,
  })
  let asked: unknown
  try {
    asked = JSON.parse(answer.capabilities)
  } catch {
    return problem('does not return JSON')
  }
  if (Array.isArray(asked))
    asked = Object.fromEntries(asked.map((name) => [String(name), plugin.capabilities[String(name)]]))
  if (typeof asked !== 'object' || asked === null) return problem('must return a list of names or a record')
  for (const [name, grant] of Object.entries(asked)) {
    if (!Object.hasOwn(plugin.capabilities, name)) return problem(`asks for ${name}, which its manifest does not`)
    if (!isDeepStrictEqual(grant, plain(plugin.capabilities[name])))
      return problem(`asks for another ${name} than its manifest`)
  }
  return null
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}
