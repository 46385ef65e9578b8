// One thread of the pool: runs one command at a time in its own isolate and carries its calls over the port of that run, so that
// nothing of a run outlives it.
import { flushCompileCache } from 'node:module'
import { workerData, type MessagePort } from 'node:worker_threads'
import { createSandbox, type Ended } from './isolate.ts'
import type { Bundle, GuestCommand } from './protocol.ts'

export type Task = { command: GuestCommand | null; port: MessagePort }
export type FromWorker = { call: number; capability: string; request: string } | { level: string; text: string }
export type ToWorker =
  { call: number; value: string } | { call: number; code: string; message: string } | { abort: true }

// A thread exists to keep its isolate warm: this is that thread's whole state.
const sandbox = createSandbox(workerData as Bundle)

export default async function work({ command, port }: Task): Promise<Ended> {
  const say = (message: FromWorker): void => port.postMessage(message)
  const run = await sandbox.run(command, {
    call: (call, capability, request) => say({ call, capability, request }),
    log: (level, text) => say({ level, text }),
  })
  port.on('message', (message: ToWorker) => {
    if ('abort' in message) run.abort()
    else if ('value' in message) run.answer(message.call, message.value)
    else run.refuse(message.call, message.code, message.message)
  })
  try {
    return await run.ended
  } finally {
    port.close()
    if (command === null) flushCompileCache()
  }
}
