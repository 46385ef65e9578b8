// The pool of worker threads inside a plugin's host: the only importer of Piscina.
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Ended } from './isolate.ts'
import type { Bundle, GuestCommand } from './protocol.ts'

export type Pool = {
  /** Starts one command (`null`: load check) on a free thread; `port` carries its calls until it ends. */
  run(command: GuestCommand | null): { ended: Promise<Ended>; port: MessagePort }
}

export function createPool(bundle: Bundle): Pool {
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
  return {
    run(command) {
      // `never`: Piscina's type for the list does not fit the newest Node types.
      const { port1, port2 } = new MessageChannel()
      return { ended: piscina.run({ command, port: port2 }, { transferList: [port2] as never }), port: port1 }
    },
  }
}
