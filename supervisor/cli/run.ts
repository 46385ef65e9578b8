// `molten run "<text>"`: one message, through the running supervisor or, where there is none, through one of its own.
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import type { AdminAnswer } from '../admin.ts'
import { plain } from '../chat/terminal.ts'
import { createLog } from '../io/log.ts'
import type { TurnEnd } from '../turn.ts'
import { askSupervisor } from './client.ts'
import { EXIT, Exit } from './exit.ts'
import { settingsOf } from './settings.ts'

type Ended = { turn: string; status: string; code: string; reply: unknown }

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { config: { type: 'string' }, as: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const [text] = positionals
  if (text === undefined || positionals.length > 1)
    throw new Exit(EXIT.usage, 'usage: molten run "<text>" [--as PERSON] [--json]')
  const { settings } = settingsOf(values.config)
  const say = (line: string): void => void (values.json || process.stdout.write(`${line}\n`))

  let end: Ended | null = null
  const answered = await askSupervisor(
    settings.adminSocket,
    { op: 'run', text, ...(values.as !== undefined && { as: values.as }) },
    (line) => {
      const answer = line as AdminAnswer
      if ('say' in answer) say(answer.say)
      else if ('end' in answer) end = answer.end
      else if ('error' in answer) throw new Exit(EXIT.failure, answer.error)
    },
  )
  if (!answered) end = await alone(settings, text, values.as, say)
  if (!end) throw new Exit(EXIT.failure, 'the supervisor ended before it answered')
  if (values.json) process.stdout.write(`${JSON.stringify(end)}\n`)
  return exitOf(end)
}

/** Without a running supervisor: takes the store's lock, and only this one message. */
async function alone(
  settings: ReturnType<typeof settingsOf>['settings'],
  text: string,
  as: string | undefined,
  say: (line: string) => void,
): Promise<Ended> {
  const { coreOf } = await import('./core.ts')
  const log = createLog(true, (line) => void process.stderr.write(line))
  const core = await coreOf(settings, (level, fields, message) =>
    level === 'error' ? log(level, fields, message) : undefined,
  )
  try {
    const session = core.terminal.open(userInfo().username, (reply) => say(plain(reply)))
    const { turn, ended } = await core.intake.submit(session.message(text, as))
    const end = await ended
    if (!end) throw new Exit(EXIT.failure, 'the message was taken before')
    return { turn, ...end }
  } finally {
    await core.stop(5_000)
  }
}

function exitOf({ status }: Pick<TurnEnd, 'status'> | Ended): number {
  return status === 'ok' ? EXIT.ok : status === 'refused' ? EXIT.refused : EXIT.failure
}
