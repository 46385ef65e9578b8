// The pool of worker threads inside a plugin's host: the only importer of Piscina.
import type { MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Bundle } from './protocol.ts'
import type { FromWorker, Task, ToWorker } from './worker.ts'

export type Said = Exclude<FromWorker, { port: MessagePort }>

export type Pool = {
  /** Starts one command (`null`: load check) on a free thread. Rejects when the thread dies. */
  run(task: Task): Promise<void>
  /** To one thread, or to all: only the one that runs that run listens. */
  tell(message: ToWorker, thread?: number): void
}

/** `hear` gets what the threads say, each run's words in order. */
export function createPool(bundle: Bundle, hear: (message: Said) => void): Pool {
  const ports = new Map<number, MessagePort>()
  const piscina = new Piscina({
    filename: new URL('./worker.ts', import.meta.url).href,
    workerData: bundle,
    minThreads: 1,
    maxThreads: bundle.limits.concurrency,
    concurrentTasksPerWorker: 1,
    idleTimeout: 30_000,
    // Piscina's blocking wait would hold up the calls of a run and the preparing of the next context.
    atomics: 'disabled',
    recordTiming: false,
  })
  piscina.on('message', (message: FromWorker) => {
    if (!('port' in message)) return hear(message)
    const { thread, port } = message
    ports.set(thread, port)
    port.once('close', () => ports.delete(thread))
    port.unref()
  })
  return {
    run: (task) => piscina.run(task),
    tell(message, thread) {
      const to = thread === undefined ? [...ports.values()] : [ports.get(thread)]
      for (const port of to) port?.postMessage(message)
    },
  }
}
