// `npm run bench`: what a turn costs, beside what its parts cost bare, from one run on one machine. Prints a table; asserts nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import ivm from 'isolated-vm'
import { Piscina } from 'piscina'
import { coreOf } from '../../supervisor/cli/core.ts'
import { settingsOf } from '../../supervisor/cli/settings.ts'

const ROOT = join(import.meta.dirname, '../..')
const TURNS = 10_000

type Row = { what: string; p50: string; p95: string; 'per second': string; 'CPU ms each': string }

/** Times `work` in a closed loop of `width` callers, `count` times in all, after a tenth of that as warm-up. */
async function measure(what: string, width: number, count: number, work: () => Promise<unknown>): Promise<Row> {
  const times: number[] = []
  const loop = async (total: number, keep: boolean): Promise<void> => {
    let left = total
    await Promise.all(
      Array.from({ length: width }, async () => {
        while (left-- > 0) {
          const began = performance.now()
          await work()
          if (keep) times.push(performance.now() - began)
        }
      }),
    )
  }
  await loop(Math.ceil(count / 10), false)
  const cpu = treeCpu()
  const began = performance.now()
  await loop(count, true)
  const wall = performance.now() - began
  const spent = treeCpu() - cpu
  times.sort((a, b) => a - b)
  const at = (part: number): string => `${(times[Math.floor(times.length * part)] ?? 0).toFixed(2)} ms`
  return {
    what: `${what}, ${width} at a time`,
    p50: at(0.5),
    p95: at(0.95),
    'per second': Math.round((count / wall) * 1000).toLocaleString('en'),
    'CPU ms each': (spent / count).toFixed(2),
  }
}

/** This process and its descendants. */
function tree(): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const]
    } catch {
      return []
    }
  })
  const found = [process.pid]
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child)
  return found
}

/** CPU milliseconds of the tree so far; the clock tick of Linux is 10 ms. */
function treeCpu(): number {
  return tree().reduce((sum, pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return sum + 10 * (Number(fields[11]) + Number(fields[12]))
    } catch {
      return sum
    }
  }, 0)
}

function resident(pid: number): string {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return `${Math.round(Number(kilobytes) / 1024)} MB`
}

async function barePiscina(): Promise<Row[]> {
  const pool = new Piscina({
    filename: new URL('./no-op.mjs', import.meta.url).href,
    maxThreads: 2,
    atomics: 'disabled',
  })
  const rows = [
    await measure('bare Piscina task', 1, 10_000, () => pool.run(1)),
    await measure('bare Piscina task', 32, 10_000, () => pool.run(1)),
  ]
  await pool.destroy()
  return rows
}

async function bareIsolate(): Promise<Row[]> {
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  const context = await isolate.createContext()
  const echo = await context.evalClosure('return (text) => text', [], { result: { reference: true } })
  const warm = await measure('warm isolate call', 1, 5_000, () => echo.apply(undefined, ['hi']))
  const fresh = await measure('fresh context in a warm isolate', 1, 1_000, async () => {
    const one = await isolate.createContext()
    await one.evalClosure('return 1')
    one.release()
  })
  isolate.dispose()
  return [warm, fresh]
}

async function turns(folder: string): Promise<Row[]> {
  writeFileSync(
    join(folder, 'config.yaml'),
    `security: {isolation: best-effort}\nstore: {url: "sqlite:state/molten.db"}\nplugins: {directories: [plugins]}\n`,
  )
  cpSync(join(ROOT, 'plugins/echo'), join(folder, 'plugins/echo'), { recursive: true })
  const core = await coreOf(settingsOf(join(folder, 'config.yaml')).settings, () => {})
  const session = core.terminal.open('bench', () => {})
  const turn = async (): Promise<void> => {
    const { ended } = await core.intake.submit(session.message('/echo say hi'))
    const end = await ended
    if (end?.status !== 'ok') throw new Error(`a turn ended ${end?.code}`)
  }
  await turn()
  const memory = (): string => tree().map(resident).join(' + ')
  const idle = memory()
  const rows = [await measure('turn', 1, 1_000, turn), await measure('turn', 32, TURNS, turn)]
  console.log(
    `memory (supervisor with this benchmark + host): ${idle} at idle, ${memory()} after ${TURNS.toLocaleString('en')} turns`,
  )
  await core.stop(1_000)
  return rows
}

/** From exec to `ready`, with the embedded defaults' plugins, and the supervisor's memory then. */
async function startUp(folder: string): Promise<string> {
  const times: number[] = []
  let memory = ''
  for (let round = 0; round < 5; round++) {
    const began = performance.now()
    const config = join(folder, 'start.yaml')
    writeFileSync(
      config,
      `security: {isolation: best-effort}\nserver: {port: 0}\nstore: {url: "sqlite:start/molten.db"}\n`,
    )
    const child = spawn(join(ROOT, 'supervisor/molten'), ['serve', '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: child.stdout })) if (line.includes('"ready"')) break
    times.push(performance.now() - began)
    memory = resident(child.pid ?? 0)
    child.kill('SIGTERM')
    await once(child, 'close')
  }
  times.sort((a, b) => a - b)
  return `start to ready: ${Math.round(times[2] ?? 0)} ms (median of 5); supervisor at idle: ${memory}`
}

const folder = mkdtempSync(join(tmpdir(), 'molten-bench-'))
try {
  const rows = [...(await barePiscina()), ...(await bareIsolate()), ...(await turns(folder))]
  console.table(Object.fromEntries(rows.map(({ what, ...row }) => [what, row])))
  console.log(await startUp(folder))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
