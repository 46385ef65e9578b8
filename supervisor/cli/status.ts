// `molten status`: what runs, since when, and what is wrong, much as `systemctl status` says it.
import { parseArgs } from 'node:util'
import type { PluginLine } from '../admin.ts'
import { printable } from '../chat/terminal.ts'
import { describeFault, type Fault } from '../errors.ts'
import type { HostStatus } from '../hosts.ts'
import { askSupervisor } from './client.ts'
import { EXIT, Exit } from './exit.ts'
import { settingsOf } from './settings.ts'

type Whole = {
  ready: boolean
  version: string
  isolation: string
  since: number
  audit: boolean
  dingtalk: string
  turns: number
  owing: number
  walls: Record<string, boolean>
  hosts: HostStatus[]
  plugins: PluginLine[]
  problems: Fault[]
}

export async function status(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { config: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const { settings } = settingsOf(values.config)
  let whole: Whole | null = null
  const running = await askSupervisor(settings.adminSocket, { op: 'status' }, (line) => {
    whole = (line as { status: Whole }).status
  })
  if (!running || !whole) throw new Exit(EXIT.failure, `no supervisor listens on ${settings.adminSocket}`)
  process.stdout.write(values.json ? `${JSON.stringify(whole)}\n` : printable(describe(whole)))
  return EXIT.ok
}

function describe({
  ready,
  version,
  isolation,
  since,
  audit,
  dingtalk,
  turns,
  owing,
  walls,
  hosts,
  plugins,
  problems,
}: Whole): string {
  const missing = Object.entries(walls).flatMap(([wall, up]) => (up ? [] : [wall]))
  const lines = [
    `molten ${version}: ${ready ? 'ready' : 'not ready'} since ${new Date(since).toISOString()}`,
    `  isolation: ${isolation}${missing.length > 0 ? `; walls missing: ${missing.join(', ')}` : ''}`,
    `  audit: ${audit ? 'written' : 'cannot be written, commands are refused'}    dingtalk: ${dingtalk}`,
    `  turns: ${turns} running    replies: ${owing} owed`,
    '',
    ...plugins.map(({ name, version: own, state, description }) => {
      const live = hosts.filter((host) => host.plugin === name)
      const processes = live.map(
        (host) =>
          `${host.state} pid ${host.pid} since ${new Date(host.since).toISOString()}, ${host.commands} commands, ${host.running} running, ${host.waiting} waiting`,
      )
      return `${state === 'ready' ? '●' : '○'} ${name} ${own} ${state} — ${description}${processes.map((line) => `\n    ${line}`).join('')}`
    }),
    ...problems.map((fault) => `! ${describeFault(fault)}`),
  ]
  return `${lines.join('\n')}\n`
}
