// The process of one plugin: reads frames on standard input, runs commands in the pool, writes frames on standard output. It holds
// no secret and no right; when it can no longer answer for what runs inside it, it says so and kills itself.
import { flushCompileCache } from 'node:module'
import { LIMITS } from './limits.ts'
import { createPool, type Pool } from './pool.ts'
import { createDecoder, encode, toHost, type Bundle, type EndCode, type ToHost, type ToSupervisor } from './protocol.ts'
import type { FromWorker, ToWorker } from './worker.ts'

type Post = (message: ToWorker) => void

function main(): void {
  const runs = new Map<string, Post>()
  let pool: Pool | null = null
  let dying = false

  const send = (frame: ToSupervisor): void => {
    if (!dying) process.stdout.write(encode(frame))
  }
  // SIGKILL, not exit: with a stuck isolate `process.exit()` hangs or crashes (measured).
  const vanish = (): void => void process.kill(process.pid, 'SIGKILL')
  const die = (code: EndCode): void => {
    if (dying) return
    process.stdout.write(encode({ type: 'dying', code }), vanish)
    dying = true
    setTimeout(vanish, LIMITS.stuck)
  }

  const load = async (bundle: Bundle): Promise<void> => {
    pool = createPool(bundle)
    const { ended, port } = pool.run(null)
    port.on('message', () => {})
    const result = await ended
    port.close()
    if (result.ok) {
      watchMemory(bundle.limits.memory * bundle.limits.concurrency + LIMITS.memoryOverhead, runs, () =>
        die('MEMORY_EXCEEDED'),
      )
      send({ type: 'ready', capabilities: result.reply })
      // Here, because a host never exits in the way that would do it.
      return flushCompileCache()
    }
    const { code, message, stack = '' } = result
    send({ type: 'unfit', code, message, stack })
    if (result.stuck) die(code)
  }

  const run = async (frame: Extract<ToHost, { type: 'run' }>): Promise<void> => {
    if (!pool) throw new Error('run before load')
    const { ended, port } = pool.run(frame.command)
    runs.set(frame.run, (message) => port.postMessage(message))
    port.on('message', (message: FromWorker) => {
      if ('call' in message) send({ type: 'call', run: frame.run, ...message })
      else send({ type: 'log', run: frame.run, level: levelOf(message.level), text: message.text })
    })
    // The last calls and log lines are in the port when the run's promise settles; the worker closes the port after them.
    const drained = new Promise((done) => port.once('close', done))
    const result = await ended
    await drained
    runs.delete(frame.run)
    if (result.ok) return send({ type: 'done', run: frame.run, reply: result.reply, cpu: result.cpu })
    const { code, message, stack = '', cpu } = result
    send({ type: 'failed', run: frame.run, code, message, stack, cpu })
    if (result.stuck) die(code)
  }

  const receive = (frame: ToHost): void => {
    switch (frame.type) {
      case 'load':
        return void load(frame.bundle).catch(crash)
      case 'run':
        return void run(frame).catch(crash)
      case 'answer':
        return runs.get(frame.run)?.({ call: frame.call, value: frame.value })
      case 'refusal':
        return runs.get(frame.run)?.({ call: frame.call, code: frame.code, message: frame.message })
      case 'abort':
        return runs.get(frame.run)?.({ abort: true })
    }
  }

  const decoder = createDecoder(toHost)
  process.stdin.on('data', (chunk: Buffer) => {
    for (const frame of decoder.push(chunk)) receive(frame)
  })
  process.stdin.on('end', vanish)
  process.on('uncaughtException', crash)
}

/** Isolates count neither WebAssembly nor resizable buffers nor what builtins take; the process's resident memory counts all. */
function watchMemory(ceiling: number, runs: ReadonlyMap<string, unknown>, exceeded: () => void): void {
  setInterval(() => {
    if (runs.size > 0 && process.memoryUsage.rss() > ceiling) exceeded()
  }, LIMITS.memoryLook).unref()
}

function levelOf(text: string): 'debug' | 'info' | 'warn' | 'error' {
  return text === 'debug' || text === 'warn' || text === 'error' ? text : 'info'
}

function crash(error: unknown): void {
  process.stderr.write(`host: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown error'}\n`)
  process.kill(process.pid, 'SIGKILL')
}

main()
