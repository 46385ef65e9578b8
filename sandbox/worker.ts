// One thread of the pool: runs one command at a time in its own isolate, says on the thread's parent port what the command does, and
// hears the answers on a port of its own. What is heard for a run that is not running is nobody's.
import { flushCompileCache } from 'node:module'
import { MessageChannel, parentPort, threadId, workerData, type MessagePort } from 'node:worker_threads'
import { createSandbox, type Ended, type Run } from './isolate.ts'
import type { Bundle, GuestCommand } from './protocol.ts'

export type Task = { run: string; command: GuestCommand | null }
export type FromWorker =
  | { thread: number; port: MessagePort }
  | { thread: number; run: string; call: number; capability: string; request: string }
  | { run: string; level: string; text: string }
  | { run: string; ended: Ended }
export type ToWorker =
  | { run: string; call: number; value: string }
  | { run: string; call: number; code: string; message: string }
  | { run: string; abort: true }

// A thread exists to keep its isolate warm: this is that thread's whole state.
const sandbox = createSandbox(workerData as Bundle)
const { port1: inbound, port2: outbound } = new MessageChannel()
let current: { id: string; run: Run } | null = null

const say = (message: FromWorker, transfer: MessagePort[] = []): void => parentPort?.postMessage(message, transfer)

inbound.on('message', (message: ToWorker) => {
  if (current?.id !== message.run) return
  const { run } = current
  if ('abort' in message) run.abort()
  else if ('value' in message) run.answer(message.call, message.value)
  else run.refuse(message.call, message.code, message.message)
})
say({ thread: threadId, port: outbound }, [outbound])

export default async function work({ run: id, command }: Task): Promise<void> {
  const run = sandbox.run(command, {
    call: (call, capability, request) => say({ thread: threadId, run: id, call, capability, request }),
    log: (level, text) => say({ run: id, level, text }),
  })
  current = { id, run }
  const ended = await run.ended
  current = null
  // On the same port as the calls, so that it arrives after them.
  say({ run: id, ended })
  if (command === null) flushCompileCache()
}
