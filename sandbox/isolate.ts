// The isolate: the only importer of isolated-vm, which is in maintenance mode and so stays behind two functions, `createSandbox`
// and its `run`. It uses the asynchronous API only (the synchronous one crashed the process 20 times out of 20 on uninterruptible
// builtins), gives each command a fresh context, and says when an isolate no longer obeys: then only the process's death helps.
import { randomUUID } from 'node:crypto'
import ivm from 'isolated-vm'
import { guest } from './guest.ts'
import { LIMITS } from './limits.ts'
import type { Bundle, EndCode, GuestCommand } from './protocol.ts'
import { web } from './web.ts'

/** `cpu` in milliseconds. `stuck`: a thread is lost and the process must die. */
export type Ended =
  | { ok: true; reply: string; cpu: number }
  | { ok: false; code: EndCode; message: string; stack?: string; cpu: number; stuck: boolean }

/** What a run may do outside: each is a message, none returns a value. */
export type RunPowers = {
  call(id: number, capability: string, request: string): void
  log(level: string, text: string): void
}

export type Run = {
  readonly ended: Promise<Ended>
  answer(call: number, value: string): void
  refuse(call: number, code: string, message: string): void
  abort(): void
}

export type Sandbox = {
  /** One at a time: runs one command, or with `null` only loads the plugin and answers its capabilities as JSON. */
  run(command: GuestCommand | null, powers: RunPowers): Run
}

type Warm = { isolate: ivm.Isolate; contexts: number; broken: boolean; onBroken: () => void }
type Prepared = { warm: Warm; context: ivm.Context; entry: ivm.Module; modules: ivm.Module[] }
type Failure = { code: EndCode; message: string; stack?: string }

const MOLTEN = 'export const { Plugin, http, store, chat, log } = __molten'

export function createSandbox(bundle: Bundle): Sandbox {
  const { limits } = bundle
  const snapshot = ivm.Isolate.createSnapshot([{ code: `(${web.toString()})((${guest.toString()})())` }])
  const entrySource = `import * as main from './${bundle.main}'; void __start(main.default)`
  const ceilings = JSON.stringify({ ...LIMITS, output: limits.output })
  const bundleText = (check: boolean) =>
    JSON.stringify({ config: bundle.config, capabilities: bundle.capabilities, check })
  let warm: Warm | null = null
  // A context is made ready while nobody waits: it is two thirds of what a small command costs.
  let next: Prepared | Error | null = ready()
  let running = false

  function isolate(): Warm {
    if (warm && !warm.broken && !isTired(warm)) return warm
    retire()
    const fresh: Warm = {
      isolate: new ivm.Isolate({
        memoryLimit: Math.max(8, Math.ceil(limits.memory / (1 << 20))),
        snapshot,
        onCatastrophicError: () => {
          fresh.broken = true
          fresh.onBroken()
        },
      }),
      contexts: 0,
      broken: false,
      onBroken: () => {},
    }
    warm = fresh
    return fresh
  }

  function retire(): void {
    if (warm && !warm.isolate.isDisposed) warm.isolate.dispose()
    warm = null
  }

  /** A prepared context, or why the plugin's code does not make one. */
  function ready(): Prepared | Error {
    try {
      return prepare()
    } catch (error) {
      return error instanceof Error ? error : new Error('unknown')
    }
  }

  /**
   * Nothing in here runs a guest's code, so it may use the synchronous API, which spares six hops between threads: the
   * isolate is idle, and what could run later in it by itself is kept from guests.
   */
  function prepare(): Prepared {
    const own = isolate()
    own.contexts += 1
    const context = own.isolate.createContextSync()
    const modules = new Map<string, ivm.Module>()
    const compile = (name: string, code: string): ivm.Module => {
      const module = own.isolate.compileModuleSync(code, { filename: name })
      modules.set(name, module)
      return module
    }
    for (const [path, code] of Object.entries(bundle.modules)) compile(path, code)
    compile('molten', MOLTEN)
    const entry = compile('', entrySource)
    const names = new Map([...modules].map(([name, module]) => [module, name]))
    entry.instantiateSync(context, (specifier, referrer) => {
      const found = modules.get(specifier === 'molten' ? specifier : resolve(names.get(referrer) ?? '', specifier))
      if (!found) throw new Error(`cannot find module ${specifier}`)
      return found
    })
    return { warm: own, context, entry, modules: [...modules.values()] }
  }

  /** An isolate that is half full may not hold the next command's context. */
  function isTired({ isolate: own, contexts }: Warm): boolean {
    if (contexts >= LIMITS.contexts || own.isDisposed) return true
    const { used_heap_size: heap, externally_allocated_size: external } = own.getHeapStatisticsSync()
    return heap + external > limits.memory / 2
  }

  return {
    run(command, powers) {
      const prepared = next instanceof Error || next === null ? ready() : next
      next = null
      if (prepared instanceof Error) {
        return spoilt({
          code: 'PLUGIN_LOAD_FAILED',
          message: clip(prepared.message, LIMITS.message),
          stack: clip(prepared.stack, LIMITS.stack),
        })
      }
      const { output } = limits
      const bounds = command
        ? { cpu: limits.cpu, wall: limits.wall, output }
        : { cpu: LIMITS.load, wall: LIMITS.load, output: LIMITS.request }
      running = true
      const run = start(prepared, JSON.stringify(command), bundleText(command === null), ceilings, bounds, powers)
      void run.ended.then((ended) => {
        running = false
        // After any bad end the isolate is not reused: what it holds is no longer known.
        if (!ended.ok && ended.code !== 'PLUGIN_ERROR') retire()
        if (!ended.ok && ended.stuck) return
        // Later, so that the answer goes out first; and not beside the next command, whose isolate this would wait for.
        setImmediate(() => {
          if (!running) next ??= ready()
        })
      })
      return run
    },
  }
}

function start(
  prepared: Prepared,
  command: string,
  bundle: string,
  ceilings: string,
  bounds: { cpu: number; wall: number; output: number },
  powers: RunPowers,
): Run {
  const { warm, context, entry, modules } = prepared
  const { isolate } = warm
  const cpuAtStart = isolate.cpuTime
  const timers = new Map<number, NodeJS.Timeout>()
  const { promise: ended, resolve: settle } = Promise.withResolvers<Ended>()
  let deliver: ivm.Reference | null = null
  let result: { reply: string } | Failure | null = null
  // How many of our own entries into the isolate have not returned. The run is over when it has a result and none is inside.
  let inside = 0
  let over = false

  const cpu = (): number => Number((isolate.isDisposed ? cpuAtEnd : isolate.cpuTime) - cpuAtStart) / 1e6
  let cpuAtEnd = cpuAtStart

  const close = (stuck: boolean): void => {
    if (over || !result) return
    over = true
    for (const timer of timers.values()) clearTimeout(timer)
    clearTimeout(cpuClock)
    clearTimeout(wallClock)
    const spent = cpu()
    if (!isolate.isDisposed && !stuck) {
      deliver?.release()
      for (const module of modules) module.release()
      context.release()
    }
    settle(
      'reply' in result ? { ok: true, reply: result.reply, cpu: spent } : { ok: false, ...result, cpu: spent, stuck },
    )
  }

  /** Ends the run whatever its code is doing. */
  const kill = (failure: Failure): void => {
    if (over) return
    result = failure
    if (!isolate.isDisposed) {
      cpuAtEnd = isolate.cpuTime
      isolate.dispose()
    }
    if (inside === 0) close(false)
    else setTimeout(() => close(true), LIMITS.stuck)
  }

  const enter = (entering: Promise<unknown>): void => {
    inside += 1
    entering.then(
      () => leave(null),
      (error: unknown) => leave(error as Error),
    )
  }
  const leave = (error: Error | null): void => {
    inside -= 1
    if (error) {
      const outOfMemory = /memory limit/i.test(error.message)
      if (outOfMemory) result = { code: 'MEMORY_EXCEEDED', message: 'out of memory' }
      else
        result ??= isolate.isDisposed
          ? { code: 'MEMORY_EXCEEDED', message: 'the isolate is gone' }
          : {
              code: 'PLUGIN_ERROR',
              message: clip(error.message, LIMITS.message),
              stack: clip(error.stack, LIMITS.stack),
            }
    }
    if (inside === 0) close(false)
  }

  const tell = (kind: 'answer' | 'refusal' | 'timer', id: number, a?: string, b?: string): void => {
    if (over || result || !deliver || isolate.isDisposed) return
    enter(deliver.apply(undefined, [kind, id, a, b]))
  }

  // Everything below arrives from the guest: kinds and lengths were bounded there, and are believed no further than here.
  const send = (kind: unknown, a: unknown, b: unknown, c: unknown): void => {
    if (over || result) return
    if (kind === 'call' && typeof a === 'number' && typeof b === 'string' && typeof c === 'string') {
      if (c.length > LIMITS.request) tell('refusal', a, 'CALL_INVALID', 'the request is too large')
      else powers.call(a, b, c)
    } else if (kind === 'log' && typeof a === 'string' && typeof b === 'string') powers.log(a, clip(b, LIMITS.logLine))
    else if (kind === 'timer' && typeof a === 'number' && typeof b === 'number') {
      timers.set(
        a,
        setTimeout(() => {
          timers.delete(a)
          tell('timer', a)
        }, b),
      )
    } else if (kind === 'clear' && typeof a === 'number') {
      clearTimeout(timers.get(a))
      timers.delete(a)
    } else if (kind === 'done' && typeof a === 'string') {
      const tooLong = Buffer.byteLength(a) > bounds.output
      finish(tooLong ? { code: 'OUTPUT_EXCEEDED', message: 'the reply is larger than limits.output' } : { reply: a })
    } else if (kind === 'failed') {
      const code: EndCode = a === 'REPLY_INVALID' || a === 'OUTPUT_EXCEEDED' ? a : 'PLUGIN_ERROR'
      finish({ code, message: clip(b, LIMITS.message), stack: clip(c, LIMITS.stack) })
    }
  }
  const finish = (found: { reply: string } | Failure): void => {
    result = found
    if (inside === 0) close(false)
  }

  const checkCpu = (): void => {
    const left = bounds.cpu - cpu()
    if (left <= 0) kill({ code: 'CPU_EXCEEDED', message: `over ${bounds.cpu} ms of CPU time` })
    else cpuClock = setTimeout(checkCpu, Math.max(1, Math.ceil(left)))
  }
  let cpuClock = setTimeout(checkCpu, bounds.cpu)
  const wallClock = setTimeout(() => kill({ code: 'WALL_EXCEEDED', message: `over ${bounds.wall} ms` }), bounds.wall)
  warm.onBroken = () => {
    result = { code: 'MEMORY_EXCEEDED', message: 'V8 lost control of the isolate' }
    close(true)
  }

  // Our own code, with our own data: the guest's begins with the entry.
  const boot = 'return __boot($0, $1, $2, $3, $4)'
  const powersOfGuest = [new ivm.Callback(send, { ignored: true }), new ivm.Callback(answerGuest, { sync: true })]
  deliver = context.evalClosureSync(boot, [...powersOfGuest, command, bundle, ceilings], {
    result: { reference: true },
  })
  enter(entry.evaluate())

  return {
    ended,
    answer: (call, value) => tell('answer', call, value),
    refuse: (call, code, message) => tell('refusal', call, code, message),
    abort: () => kill({ code: 'INTERRUPTED', message: 'stopped' }),
  }
}

function spoilt(failure: Failure): Run {
  const none = (): void => {}
  return {
    ended: Promise.resolve({ ok: false, ...failure, cpu: 0, stuck: false }),
    answer: none,
    refuse: none,
    abort: none,
  }
}

/** What the guest's web platform asks of the host, answered at once. */
function answerGuest(kind: unknown, question: unknown): string {
  if (kind === 'uuid') return randomUUID()
  try {
    const { url, base, set, value } = JSON.parse(String(question))
    const parsed = base ? new URL(url, base) : new URL(url)
    if (set) (parsed as unknown as Record<string, string>)[set] = value
    const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = parsed
    return JSON.stringify({ href, origin, protocol, username, password, host, hostname, port, pathname, search, hash })
  } catch {
    return 'null'
  }
}

/** `./x.js` as seen from `sub/main.js` is `sub/x.js`. */
function resolve(referrer: string, specifier: string): string {
  return decodeURIComponent(new URL(specifier, `plugin:///${referrer}`).pathname.slice(1))
}

function clip(value: unknown, length: number): string {
  return typeof value === 'string' ? value.slice(0, length) : ''
}
