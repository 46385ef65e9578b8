// One plugin's host process as the supervisor sees it: started, spoken to in frames, believed in nothing, killed when it breaks the
// protocol or misses a deadline. It never decides whether a call is allowed: it hands calls to whoever asked for the run.
import type { Code } from './errors.ts'
import { isCode } from './errors.ts'
import type { Plugin } from './registry/plugin.ts'
import { LIMITS } from '../sandbox/limits.ts'
import {
  createDecoder,
  encode,
  toSupervisor,
  type GuestCommand,
  type ToHost,
  type ToSupervisor,
} from '../sandbox/protocol.ts'

/** A started child process, as io/child.ts makes it. Everything that confines it happens behind this seam. */
export type Child = {
  readonly pid: number
  write(bytes: Buffer): void
  onOutput(read: (chunk: Buffer) => void): void
  onErrorText(read: (text: string) => void): void
  /** Resolves with `exit 1` or `signal SIGKILL` once the process is gone and its output is read to the end. */
  readonly exited: Promise<string>
  kill(): void
}
export type StartChild = () => Child

export type LogLevel = Extract<ToSupervisor, { type: 'log' }>['level']
export type CallAnswer = { value: string } | { code: string; message: string }
export type RunRequest = {
  command: GuestCommand
  call(capability: string, request: string, signal: AbortSignal): Promise<CallAnswer>
  log(level: LogLevel, text: string): void
}
/** `cpu` in milliseconds. `message` and `stack` are the plugin's own words. */
export type RunResult =
  { ok: true; reply: string; cpu: number } | { ok: false; code: Code; message: string; stack: string; cpu: number }

export type HostEvent = {
  kind: 'started' | 'ready' | 'dying' | 'exited' | 'broken' | 'overdue'
  plugin: Plugin
  pid: number
  since: number
  what: string
}
export type Host = {
  readonly plugin: Plugin
  readonly pid: number
  readonly since: number
  /** Resolves with the capabilities the code says it needs (JSON), or with why it does not load. */
  readonly ready: Promise<{ capabilities: string } | { code: Code; message: string }>
  readonly exited: Promise<string>
  run(id: string, request: RunRequest): Promise<RunResult>
  running(): number
  kill(): void
}

/** Milliseconds from start to `ready` after which a host is given up: its own limit for loading, and Node's start on a busy machine. */
const START_DEADLINE = LIMITS.load + 10_000
/** Milliseconds that a host which says that it dies may take. */
const DYING = 1_000
/** Characters kept of what a host says on standard error: V8's own words when it dies. */
const LAST_WORDS = 2_000
/** Milliseconds past a command's wall time before the whole host is killed: the host's own clock and its stuck time come first. */
const RUN_GRACE = 2_000

type Running = {
  request: RunRequest
  ended: AbortController
  calls: Set<number>
  lastCall: number
  settle(result: RunResult): void
}

export function startHost(
  plugin: Plugin,
  start: StartChild,
  now: () => number,
  emit: (event: HostEvent) => void,
): Host {
  const child = start()
  const runs = new Map<string, Running>()
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<Awaited<Host['ready']>>()
  const decoder = createDecoder(toSupervisor)
  let why: Code = 'HOST_LOST'
  let gone = false
  let lastWords = ''
  const since = now()
  child.onErrorText((text) => (lastWords = (lastWords + text).slice(-LAST_WORDS)))

  const tell = (kind: HostEvent['kind'], what: string): void => emit({ kind, plugin, pid: child.pid, since, what })
  const send = (frame: ToHost): void => {
    if (!gone) child.write(encode(frame))
  }
  const kill = (code: Code): void => {
    if (why === 'HOST_LOST') why = code
    child.kill()
  }
  const broken = (what: string): void => {
    if (gone || why === 'HOST_BROKEN') return
    tell('broken', what)
    kill('HOST_BROKEN')
  }
  const finish = (id: string, result: RunResult): void => {
    const running = runs.get(id)
    runs.delete(id)
    running?.ended.abort()
    running?.settle(result)
  }

  const call = async (id: string, running: Running, frame: Extract<ToSupervisor, { type: 'call' }>): Promise<void> => {
    running.calls.add(frame.call)
    const answer = await running.request.call(frame.capability, frame.request, running.ended.signal)
    running.calls.delete(frame.call)
    // A run that ended while the call was on its way has nobody left to hear the answer.
    if (runs.get(id) !== running) return
    if ('value' in answer) send({ type: 'answer', run: id, call: frame.call, value: answer.value })
    else send({ type: 'refusal', run: id, call: frame.call, code: answer.code, message: answer.message })
  }

  const receive = (frame: ToSupervisor): void => {
    if (why === 'HOST_BROKEN') return
    if (frame.type === 'ready') return becomeReady({ capabilities: frame.capabilities })
    if (frame.type === 'unfit')
      return becomeReady({ code: 'PLUGIN_LOAD_FAILED', message: frame.stack || frame.message })
    if (frame.type === 'dying') {
      if (isCode(frame.code)) why = frame.code
      // It kills itself; one that does not is not the host that we started.
      setTimeout(() => child.kill(), DYING).unref()
      return tell('dying', frame.code)
    }
    const running = runs.get(frame.run)
    if (!running) return broken(`a ${frame.type} frame for a run that is not running`)
    switch (frame.type) {
      case 'call':
        // The guest's side counts too; a host that passes these limits is not the host that we started.
        if (frame.call !== running.lastCall + 1) return broken('call numbers out of order')
        if (frame.call > LIMITS.calls || running.calls.size >= LIMITS.callsInFlight)
          return broken('more calls than the limit')
        running.lastCall = frame.call
        void call(frame.run, running, frame)
        return
      case 'log':
        return running.request.log(frame.level, frame.text)
      case 'done':
        // Counted in the host before it was sent.
        if (Buffer.byteLength(frame.reply) > plugin.limits.output) return broken('a reply over its limit')
        return finish(frame.run, { ok: true, reply: frame.reply, cpu: frame.cpu })
      case 'failed':
        return finish(frame.run, {
          ok: false,
          code: frame.code,
          message: frame.message,
          stack: frame.stack ?? '',
          cpu: frame.cpu,
        })
    }
  }

  child.onOutput((chunk) => {
    try {
      for (const frame of decoder.push(chunk)) receive(frame)
    } catch (error) {
      broken(error instanceof Error ? `not a frame: ${error.message.slice(0, 200)}` : 'not a frame')
    }
  })
  const startClock = setTimeout(() => kill('HOST_FAILED'), START_DEADLINE)
  void ready.then(() => clearTimeout(startClock))
  void child.exited.then((what) => {
    gone = true
    becomeReady({ code: 'HOST_FAILED', message: what })
    tell('exited', lastWords ? `${what}; its last words: ${lastWords.trim()}` : what)
    for (const id of runs.keys()) finish(id, { ok: false, code: why, message: what, stack: '', cpu: 0 })
  })
  tell('started', '')
  send({
    type: 'load',
    bundle: {
      plugin: plugin.name,
      modules: plugin.modules,
      main: plugin.main,
      config: plugin.config,
      capabilities: plugin.capabilities,
      limits: plugin.limits,
    },
  })

  return {
    plugin,
    pid: child.pid,
    since,
    ready,
    exited: child.exited,
    running: () => runs.size,
    kill: () => kill('HOST_LOST'),
    run(id, request) {
      const refuse = (code: Code): Promise<RunResult> =>
        Promise.resolve({ ok: false, code, message: '', stack: '', cpu: 0 })
      if (gone) return refuse('HOST_LOST')
      // Two runs of one id could not be told apart.
      if (runs.has(id)) return refuse('INTERNAL')
      return new Promise((settle) => {
        const deadline = setTimeout(() => {
          tell('overdue', 'a command outlived every clock of the host')
          kill('WALL_EXCEEDED')
        }, plugin.limits.wall + RUN_GRACE)
        runs.set(id, {
          request,
          ended: new AbortController(),
          calls: new Set(),
          lastCall: 0,
          settle(result) {
            clearTimeout(deadline)
            settle(result)
          },
        })
        send({ type: 'run', run: id, command: request.command })
      })
    },
  }
}
