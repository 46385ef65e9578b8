// The guest's side of the API: what plugin code finds in its isolate. It runs there, never here: isolate.ts takes this function's
// text into a V8 snapshot, so it may use nothing from outside its own body. Whatever a plugin does to it, it harms only itself;
// the two host functions stay in closures, and the ceilings on what crosses are counted in closures too.

export type GuestSend = (
  kind: 'done' | 'failed' | 'call' | 'log' | 'timer' | 'clear',
  a: number | string,
  b: string | number,
  c?: string,
) => void
export type GuestAsk = (kind: 'url' | 'uuid', question: string) => string
export type GuestBoot = (
  send: GuestSend,
  ask: GuestAsk,
  command: string,
  bundle: string,
  ceilings: string,
) => GuestDeliver
export type GuestDeliver = (kind: 'answer' | 'refusal' | 'timer', id: number, a?: string, b?: string) => void

/** Installs the guest's globals; returns the late-bound way to ask the host, for web.ts. */
export function guest(): GuestAsk {
  // Captured before plugin code can replace them.
  const { parse, stringify } = JSON
  const { defineProperty, hasOwn } = Object
  const { apply, deleteProperty } = Reflect
  const text = String
  const slice = String.prototype.slice
  const scope = globalThis as unknown as Record<string, unknown>

  // WebAssembly's memory is not counted against the isolate's limit (measured: 2 GB granted under 32 MB). The others can make code
  // of an ended command run in a later one's time: a finaliser, or a wait that another turn of the loop wakes.
  const forbidden = ['WebAssembly', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics']

  type Settle = { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  const pending = new Map<number, Settle>()
  const timers = new Map<number, { run: () => void; every: number | null }>()
  let send: GuestSend
  let ask: GuestAsk
  let ceilings: {
    calls: number
    callsInFlight: number
    logs: number
    logLine: number
    timerOps: number
    request: number
    output: number
    message: number
    stack: number
  }
  let command: { name: string; args: unknown }
  let bundle: { config: unknown; capabilities: unknown; check: boolean }
  let calls = 0
  let logs = 0
  let timerOps = 0
  let ended = false

  const cut = (value: unknown, length: number): string => text(apply(slice, text(value), [0, length]))
  const define = (name: string, value: unknown): void => {
    defineProperty(scope, name, { value, writable: true, configurable: true, enumerable: false })
  }

  class CallError extends Error {
    readonly code: string
    constructor(code: string, message: string) {
      super(message)
      this.name = 'CallError'
      this.code = code
    }
  }

  function call(capability: string, request: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (calls >= ceilings.calls || pending.size >= ceilings.callsInFlight) {
        throw new CallError(
          'CALLS_EXCEEDED',
          `at most ${ceilings.calls} capability calls, ${ceilings.callsInFlight} at a time`,
        )
      }
      const body = stringify(request) as string | undefined
      if (body === undefined || body.length > ceilings.request)
        throw new CallError('CALL_INVALID', 'the request is too large, or no JSON')
      calls += 1
      pending.set(calls, { resolve, reject })
      send('call', calls, capability, body)
    })
  }

  const http = {
    fetch(url: unknown, init: Record<string, unknown> = {}) {
      return call('http.fetch', { ...init, url: text(url) })
    },
  }
  const store = {
    async get(key: string) {
      return ((await call('store', { op: 'get', key })) as { value: unknown }).value
    },
    async set(key: string, value: unknown, options: { ttl?: number } = {}) {
      await call('store', { op: 'set', key, value, ...options })
    },
    async delete(key: string) {
      return ((await call('store', { op: 'delete', key })) as { ok: boolean }).ok
    },
    async list(prefix = '', options: { limit?: number } = {}) {
      return ((await call('store', { op: 'list', prefix, ...options })) as { keys: string[] }).keys
    },
  }
  const chat = {
    async send(reply: unknown) {
      await call('chat.send', { reply: shape(reply) })
    },
  }
  const write = (level: string, values: unknown[]): void => {
    if (logs >= ceilings.logs) return
    logs += 1
    let line = ''
    for (const value of values) {
      line +=
        (line && ' ') +
        (typeof value === 'object' && value !== null && !(value instanceof Error) ? stringify(value) : text(value))
    }
    send('log', level, cut(line, ceilings.logLine))
  }
  const log = {
    debug: (...values: unknown[]) => write('debug', values),
    info: (...values: unknown[]) => write('info', values),
    warn: (...values: unknown[]) => write('warn', values),
    error: (...values: unknown[]) => write('error', values),
  }

  class Plugin {
    readonly config: unknown
    constructor(config: unknown) {
      this.config = config
    }
    execute(asked: { name: string; args: unknown }): unknown {
      const own = this as unknown as Record<string, unknown>
      const camel = asked.name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
      for (const name of [asked.name, camel]) {
        const method = own[name]
        if (typeof method === 'function' && !hasOwn(Plugin.prototype, name) && !hasOwn(Object.prototype, name)) {
          return apply(method, this, [asked.args, asked])
        }
      }
      throw new Error(`the plugin has no method for its command "${asked.name}"`)
    }
    getCapabilities(): unknown {
      return parse(stringify(bundle.capabilities))
    }
  }

  /** A string is short for `{ text }`; anything that is not a reply throws. */
  function shape(reply: unknown): unknown {
    if (typeof reply === 'string') return { text: reply }
    if (typeof reply === 'object' && reply !== null) {
      const { text: plain, markdown, title } = reply as Record<string, unknown>
      if (typeof plain === 'string') return { text: plain }
      if (typeof markdown === 'string') return typeof title === 'string' ? { markdown, title } : { markdown }
    }
    throw new CallError('REPLY_INVALID', 'a reply is a string, { text } or { markdown, title? }')
  }

  function finish(reply: unknown): void {
    const body = stringify(reply)
    if (body.length > ceilings.output) throw new CallError('OUTPUT_EXCEEDED', 'the reply is larger than limits.output')
    ended = true
    send('done', body, 0)
  }

  function fail(error: unknown): void {
    if (ended) return
    let code = 'PLUGIN_ERROR'
    let message = 'an error that cannot be read'
    let stack = ''
    // Reading an error runs the plugin's own getters; they may throw, or loop until the clock ends them.
    try {
      const { code: own, message: said, stack: trace } = error as Record<string, unknown>
      if (own === 'REPLY_INVALID' || own === 'OUTPUT_EXCEEDED') code = own
      message = cut(said === undefined ? error : said, ceilings.message)
      stack = cut(trace ?? '', ceilings.stack)
    } catch {
      stack = ''
    }
    ended = true
    send('failed', code, message, stack)
  }

  async function start(Main: unknown): Promise<void> {
    try {
      if (typeof Main !== 'function') throw new Error('main must have a default export that extends Plugin')
      const plugin = new (Main as new (config: unknown) => Plugin)(bundle.config)
      if (typeof plugin.execute !== 'function') throw new Error('the default export must extend Plugin')
      finish(bundle.check ? plugin.getCapabilities() : shape(await plugin.execute(command)))
    } catch (error) {
      fail(error)
    }
  }

  const timer =
    (every: boolean) =>
    (run: unknown, ms: unknown, ...values: unknown[]): number => {
      if (typeof run !== 'function') throw new TypeError('a timer needs a function')
      timerOps += 1
      if (timerOps > ceilings.timerOps) throw new RangeError('too many timers')
      const number = Number(ms)
      const delay = number > 0 && number < 2 ** 31 ? number : 0
      const id = timerOps
      timers.set(id, { run: () => void apply(run, undefined, values), every: every ? delay : null })
      send('timer', id, delay)
      return id
    }
  const clear = (id: unknown): void => {
    if (typeof id !== 'number' || !timers.delete(id)) return
    timerOps += 1
    if (timerOps <= ceilings.timerOps) send('clear', id, 0)
  }

  function deliver(kind: string, id: number, a?: string, b?: string): void {
    if (kind === 'timer') {
      const due = timers.get(id)
      if (!due) return
      if (due.every === null) timers.delete(id)
      else if (++timerOps <= ceilings.timerOps) send('timer', id, due.every)
      try {
        due.run()
      } catch (error) {
        fail(error)
      }
      return
    }
    const settle = pending.get(id)
    pending.delete(id)
    if (kind === 'answer') settle?.resolve(parse(a ?? 'null'))
    else settle?.reject(new CallError(a ?? 'INTERNAL', b ?? ''))
  }

  define('console', { log: log.info, ...log })
  define('setTimeout', timer(false))
  define('setInterval', timer(true))
  define('clearTimeout', clear)
  define('clearInterval', clear)
  define('queueMicrotask', (run: () => void) => void Promise.resolve().then(run).catch(fail))

  const boot: GuestBoot = (hostSend, hostAsk, commandText, bundleText, ceilingsText) => {
    send = hostSend
    ask = hostAsk
    command = parse(commandText)
    bundle = parse(bundleText)
    ceilings = parse(ceilingsText)
    deleteProperty(scope, '__boot')
    // Not in the snapshot: V8 puts them into each new context, and cannot make one where they are missing.
    for (const name of forbidden) deleteProperty(scope, name)
    return deliver
  }
  define('__boot', boot)
  // Where the modules `molten` and the entry find their halves; a plugin that touches them hurts only itself.
  define('__molten', { Plugin, http, store, chat, log })
  define('__start', start)
  return (kind, question) => ask(kind, question)
}
