// Real hosts for tests: the supervisor's own way of starting and driving them, with what they report kept in a list.
import { createHosts, type Hosts } from '../../supervisor/hosts.ts'
import type { CallAnswer, HostEvent, RunResult } from '../../supervisor/host.ts'
import { startChild } from '../../supervisor/io/child.ts'
import type { Plugin } from '../../supervisor/registry/plugin.ts'

export type Rig = AsyncDisposable & {
  hosts: Hosts
  events: HostEvent[]
  logs: string[]
  go(
    plugin: Plugin,
    args?: Record<string, unknown>,
    call?: (capability: string, request: string) => Promise<CallAnswer>,
  ): Promise<RunResult>
}

export function rig(): Rig {
  const events: HostEvent[] = []
  const logs: string[] = []
  const hosts = createHosts(startChild, Date.now, (event) => events.push(event))
  let runs = 0
  return {
    hosts,
    events,
    logs,
    go(plugin, args = {}, call = async () => ({ code: 'CALL_UNKNOWN', message: 'none here' })) {
      const command = {
        plugin: plugin.name,
        name: 'go',
        args,
        turn: 't',
        person: 'terminal:tester',
        conversation: { id: 'c', kind: 'single' as const },
        language: 'en' as const,
      }
      return hosts.run(plugin, `run${++runs}`, {
        command,
        call: (capability, request) => call(capability, request),
        log: (level, text) => logs.push(`${level} ${text}`),
      })
    },
    [Symbol.asyncDispose]: () => hosts.stop(),
  }
}
