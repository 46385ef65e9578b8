// A whole supervisor as its operator runs it: a folder with a configuration, plugins and policies, and a process of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { StoredRecord } from '../../supervisor/access/audit-record.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MOLTEN = join(ROOT, 'supervisor/molten')

export type Ran = { code: number; out: string; err: string }
export type LogLine = { level: string; msg: string; [field: string]: unknown }

export type Molten = AsyncDisposable & {
  readonly folder: string
  readonly pid: number
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  write(path: string, text: string): void
  remove(path: string): void
  /** Any subcommand, with this supervisor's configuration. */
  cli(...args: string[]): Promise<Ran>
  /** `molten run … --json`: the turn's end and the exit code. */
  run(
    text: string,
    ...options: string[]
  ): Promise<{ code: number; status: string; said: string; turn: string; end: string }>
  records(): StoredRecord[]
  /** The first log line, past or future, that fits. */
  line(fits: (line: LogLine) => boolean): Promise<LogLine>
  output(): string
  stop(signal?: NodeJS.Signals): Promise<string>
  start(): Promise<void>
}

export type Setup = {
  /** Path below the folder → text. `config.yaml` is appended to the basics. */
  files?: Record<string, string>
  /** First-party plugins to copy. */
  ship?: string[]
  config?: string
  roles?: string
  policies?: Record<string, string>
}

const ROLES =
  'roles:\n  viewer: { people: [] }\n  member: { people: [] }\n  operator: { people: ["terminal:*"] }\n  admin: { people: [] }\n'

export async function startMolten({
  files = {},
  ship = ['echo'],
  config = '',
  roles = ROLES,
  policies,
}: Setup = {}): Promise<Molten> {
  const folder = mkdtempSync(join(tmpdir(), 'molten-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write(
    'config.yaml',
    `security: {isolation: best-effort}\nserver: {port: 0}\nstore: {url: "sqlite:state/molten.db"}\nplugins: {directories: [plugins]}\npolicies: {directory: policies}\nsecrets_dir: secrets\n${config}`,
  )
  mkdirSync(join(folder, 'plugins'))
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 })
  for (const name of ship) cpSync(join(ROOT, 'plugins', name), join(folder, 'plugins', name), { recursive: true })
  if (policies) for (const [name, text] of Object.entries(policies)) write(`policies/${name}`, text)
  else
    for (const name of ['roles.cedar', 'tainted.cedar'])
      cpSync(join(ROOT, 'policies', name), join(folder, 'policies', name))
  cpSync(join(ROOT, 'policies/grants.yaml'), join(folder, 'policies/grants.yaml'))
  write('policies/roles.yaml', roles)
  for (const [path, text] of Object.entries(files)) write(path, text)

  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  let output = ''
  let child: ChildProcess
  let url = ''

  const line = async (fits: (line: LogLine) => boolean, from = 0): Promise<LogLine> => {
    for (let next = from; ;) {
      for (; next < lines.length; next++) if (fits(lines[next]!)) return lines[next]!
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the supervisor ended: ${output}`)
      await new Promise<void>((wake) => waiting.add(wake))
    }
  }
  const wake = (): void => {
    for (const go of waiting) go()
    waiting.clear()
  }

  async function start(): Promise<void> {
    const from = lines.length
    child = spawn(MOLTEN, ['serve', '--config', join(folder, 'config.yaml')], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    createInterface({ input: child.stdout! }).on('line', (text) => {
      output += `${text}\n`
      lines.push(JSON.parse(text) as LogLine)
      wake()
    })
    child.once('close', wake)
    const ready = await line(({ msg }) => msg === 'ready', from)
    url = String(ready['url'])
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await once(child, 'close')
    }
    return child.signalCode ?? String(child.exitCode)
  }

  const cli = (...args: string[]): Promise<Ran> => command([...args, '--config', join(folder, 'config.yaml')])
  await start()
  return {
    folder,
    get pid() {
      return child.pid!
    },
    get url() {
      return url
    },
    write,
    remove: (path) => rmSync(join(folder, path), { recursive: true }),
    cli,
    async run(text, ...options) {
      const { code, out, err } = await cli('run', text, '--json', ...options)
      const end = JSON.parse(out || '{}') as {
        status?: string
        code?: string
        turn?: string
        reply?: { text?: string; markdown?: string }
      }
      return {
        code,
        status: end.status ?? err,
        said: end.reply?.text ?? end.reply?.markdown ?? '',
        turn: end.turn ?? '',
        end: end.code ?? '',
      }
    },
    records: () =>
      readFileSync(join(folder, 'state/audit.log'), 'utf8')
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as StoredRecord),
    line,
    output: () => output,
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Any subcommand, to its end. */
export async function command(args: string[]): Promise<Ran> {
  const child = spawn(MOLTEN, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode ?? -1, out, err }
}
