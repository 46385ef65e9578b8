// The process of one plugin: reads frames on standard input, runs commands in the pool, writes frames on standard output. It holds
// no secret and no right; when it can no longer answer for what runs inside it, it says so and kills itself.
import { flushCompileCache } from 'node:module'
import { LIMITS } from './limits.ts'
import type { Ended } from './isolate.ts'
import { createPool, type Pool, type Said } from './pool.ts'
import {
  createDecoder,
  encode,
  toHost,
  type EndCode,
  type GuestCommand,
  type ToHost,
  type ToSupervisor,
} from './protocol.ts'

const CHECK = 'check'

function main(): void {
  /** Run → the thread that its calls come from, once one came. */
  const runs = new Map<string, number | undefined>()
  let pool: Pool | null = null
  let ceiling = 0
  let dying = false

  // SIGKILL, not exit: with a stuck isolate `process.exit()` hangs or crashes (measured).
  const vanish = (): void => void process.kill(process.pid, 'SIGKILL')
  const send = (frame: ToSupervisor): void => {
    if (!dying) process.stdout.write(encode(frame))
  }
  /** Says so first, so that nothing new is sent here; `last` is the end of the run that it is about. */
  const die = (code: EndCode, last?: ToSupervisor): void => {
    if (dying) return
    send({ type: 'dying', code })
    if (last) send(last)
    dying = true
    process.stdout.write('', vanish)
    setTimeout(vanish, LIMITS.stuck)
  }

  const hear = (message: Said): void => {
    if ('ended' in message) return end(message.run, message.ended)
    if ('level' in message) {
      if (message.run === CHECK) return
      return send({ type: 'log', run: message.run, level: levelOf(message.level), text: message.text })
    }
    const { thread, ...call } = message
    // Whatever a constructor asks for while the plugin is only being checked.
    if (call.run === CHECK)
      return pool?.tell({ run: CHECK, call: call.call, code: 'CALL_NOT_GRANTED', message: 'not while loading' }, thread)
    runs.set(call.run, thread)
    send({ type: 'call', ...call })
  }

  const end = (run: string, ended: Ended): void => {
    runs.delete(run)
    const frame = frameOf(run, ended)
    if (!ended.ok && ended.stuck) die(ended.code, frame)
    else send(frame)
    // Here, because a host never exits in the way that would do it.
    if (run === CHECK) flushCompileCache()
  }

  const start = (run: string, command: GuestCommand | null): void => {
    if (!pool) throw new Error('run before load')
    runs.set(run, undefined)
    pool.run({ run, command }).catch(crash)
  }

  const receive = (frame: ToHost): void => {
    switch (frame.type) {
      case 'load':
        ceiling = frame.bundle.limits.memory * frame.bundle.limits.concurrency + LIMITS.memoryOverhead
        pool = createPool(frame.bundle, hear)
        return start(CHECK, null)
      case 'run':
        return start(frame.run, frame.command)
      case 'answer':
        return pool?.tell({ run: frame.run, call: frame.call, value: frame.value }, runs.get(frame.run))
      case 'refusal':
        return pool?.tell(
          { run: frame.run, call: frame.call, code: frame.code, message: frame.message },
          runs.get(frame.run),
        )
      case 'abort':
        return pool?.tell({ run: frame.run, abort: true })
    }
  }

  // Isolates count neither WebAssembly nor resizable buffers nor what builtins take; the process's resident memory counts all.
  const look = (): void => {
    if (runs.size > 0 && process.memoryUsage.rss() > ceiling) die('MEMORY_EXCEEDED')
  }
  setInterval(look, LIMITS.memoryLook).unref()

  const decoder = createDecoder(toHost)
  process.stdin.on('data', (chunk: Buffer) => {
    for (const frame of decoder.push(chunk)) receive(frame)
  })
  process.stdin.on('end', vanish)
  process.on('uncaughtException', crash)
}

function frameOf(run: string, ended: Ended): ToSupervisor {
  if (ended.ok)
    return run === CHECK
      ? { type: 'ready', capabilities: ended.reply }
      : { type: 'done', run, reply: ended.reply, cpu: ended.cpu }
  const { code, message, stack = '', cpu } = ended
  return run === CHECK ? { type: 'unfit', code, message, stack } : { type: 'failed', run, code, message, stack, cpu }
}

function levelOf(text: string): 'debug' | 'info' | 'warn' | 'error' {
  return text === 'debug' || text === 'warn' || text === 'error' ? text : 'info'
}

function crash(error: unknown): void {
  process.stderr.write(`host: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown error'}\n`)
  process.kill(process.pid, 'SIGKILL')
}

main()
