// What the command line may ask of the running supervisor. The person is whoever proved a uid; what they may do is for policy.
import { z } from 'zod'
import { plain } from './chat/terminal.ts'
import type { Core } from './main.ts'

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('run'), text: z.string().min(1).max(20_000), as: z.string().max(256).optional() }),
  z.strictObject({ op: z.literal('status') }),
  z.strictObject({ op: z.literal('plugins') }),
])

/** The lines that answer a request. */
export type AdminAnswer =
  | { say: string }
  | { end: { turn: string; status: 'ok' | 'failed' | 'refused'; code: string; reply: unknown } }
  | { status: unknown }
  | { plugins: PluginLine[] }
  | { error: string }
export type PluginLine = { name: string; version: string; state: string; commands: string[]; description: string }

export function createAdmin({ intake, terminal, hosts, rulebook, audit }: Core, status: () => object) {
  return async (user: string, request: unknown, answer: (line: AdminAnswer) => void): Promise<void> => {
    const parsed = requestSchema.safeParse(request)
    if (!parsed.success) return answer({ error: 'not a request that this version knows' })
    const asked = parsed.data
    switch (asked.op) {
      case 'run': {
        const session = terminal.open(user, (reply) => answer({ say: plain(reply) }))
        try {
          const { turn, ended } = await intake.submit(session.message(asked.text, asked.as))
          const end = await ended
          if (end) answer({ end: { turn, ...end } })
        } catch (error) {
          answer({ error: error instanceof Error ? error.message : 'the message could not be taken' })
        } finally {
          session.close()
        }
        return
      }
      case 'status':
        audit.append({ kind: 'admin', person: `terminal:${user}`, detail: { op: asked.op } })
        return answer({
          status: {
            ...status(),
            head: audit.head(),
            hosts: hosts.status(),
            plugins: pluginLines(rulebook),
            problems: rulebook.faults(),
          },
        })
      case 'plugins':
        return answer({ plugins: pluginLines(rulebook) })
    }
  }
}

export function pluginLines(rulebook: Core['rulebook']): PluginLine[] {
  return [...rulebook.now().snapshot.plugins.values()].map(({ name, version, state, commands, description }) => ({
    name,
    version,
    state,
    commands: Object.keys(commands),
    description,
  }))
}
