// Strips types in a thread of its own. Node's stripper keeps one WebAssembly instance a thread, and a deeply nested source
// (3,000 brackets, measured on Node 26.10) breaks that instance for good: in the main thread one plugin would stop all others.
import { Worker } from 'node:worker_threads'
import type { Strip, Stripped } from '../registry/strip.ts'
import { stripPosition } from './strip-position.ts'
import type { Answer } from './strip-worker.ts'

const WORKER = new URL('./strip-worker.ts', import.meta.url)
const THREAD = {
  env: {},
  execArgv: ['--disable-warning=ExperimentalWarning'],
  resourceLimits: { maxOldGenerationSizeMb: 256 },
}
const BROKEN: Stripped = { what: 'this TypeScript nests too deeply or takes too long to parse', line: 1, column: 1 }

/** `deadline`: ms for one source (1 MiB takes 0.3 s, measured). `idle`: ms after which the thread is given back. */
export type StripperOptions = { deadline?: number; idle?: number }

/** One thread, one source at a time, started when needed; `close` ends it. */
export function createStripper({ deadline = 5_000, idle = 5_000 }: StripperOptions = {}): {
  strip: Strip
  close: () => Promise<void>
} {
  let worker: Worker | null = null
  let idler: NodeJS.Timeout | undefined
  let queue: Promise<unknown> = Promise.resolve()

  async function end(): Promise<void> {
    clearTimeout(idler)
    const old = worker
    worker = null
    await old?.terminate()
  }

  function start(): Worker {
    const started = new Worker(WORKER, THREAD)
    started.unref()
    started.on('error', () => undefined)
    started.once('exit', () => {
      if (worker === started) worker = null
    })
    return started
  }

  async function ask(source: string): Promise<Stripped> {
    clearTimeout(idler)
    worker ??= start()
    const answer = await exchange(worker, source, deadline)
    if ('broken' in answer) await end()
    else idler = setTimeout(() => void end(), idle).unref()
    if ('js' in answer) return answer
    return 'broken' in answer ? BROKEN : { what: answer.what, ...stripPosition(answer.stack, source) }
  }

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work)
    queue = result
    return result
  }
  return { strip: (source) => inTurn(() => ask(source)), close: () => inTurn(end) }
}

/** Never rejects: a thread that died or was too slow is a broken one. */
async function exchange(worker: Worker, source: string, deadline: number): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const broken = () => resolve({ broken: true })
  const timer = setTimeout(broken, deadline)
  worker.once('message', resolve).once('exit', broken)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(source)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    worker.off('message', resolve).off('exit', broken)
  }
}
