// `molten serve`: the supervisor in the foreground, with a prompt where standard input is a terminal.
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { plain } from '../chat/terminal.ts'
import { dingtalkChannel, openDoors } from '../doors.ts'
import { describeFault } from '../errors.ts'
import { createHttp } from '../io/http.ts'
import { createLog } from '../io/log.ts'
import { openPrompt, type Prompt } from '../io/prompt.ts'
import type { Core } from '../main.ts'
import { tail } from './audit-tail.ts'
import { coreOf, VERSION } from './core.ts'
import { EXIT, Exit } from './exit.ts'
import { settingsOf } from './settings.ts'
import { missingWalls } from './walls.ts'

/** Milliseconds that running turns get to end after SIGTERM; systemd's own patience is 90 s. */
const DRAIN = 15_000

export async function serve(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { config: { type: 'string' } } })
  const { settings, warnings } = settingsOf(values.config)
  const interactive = process.stdin.isTTY
  let prompt: Prompt | null = null
  const print = (line: string): void => (prompt ? prompt.print(line.trimEnd()) : void process.stdout.write(line))
  const log = createLog(process.stdout.isTTY, print)
  for (const warning of warnings) log('warn', {}, describeFault(warning))

  const stopped = signals()
  const http = createHttp()
  const core = await coreOf(settings, log, http, (parts) => dingtalkChannel(settings, http, parts))
  process.on('SIGHUP', () => void core.reload())
  const doors = await openDoors(core, http, VERSION).catch(async (error: unknown) => {
    await core.stop(0)
    throw new Exit(EXIT.configuration, `cannot listen: ${error instanceof Error ? error.message : String(error)}`)
  })
  const missing = missingWalls()
  if (missing.length > 0)
    log('warn', {}, `plugins run without these walls, which are not built yet: ${missing.join(', ')}`)
  log(
    'info',
    { version: VERSION, state: settings.stateDirectory, ...(doors.url !== null && { url: doors.url }) },
    'ready',
  )

  const leaving = new AbortController()
  if (interactive) prompt = ask(core, leaving)
  const why = await Promise.race([
    stopped,
    new Promise<string>((left) => leaving.signal.addEventListener('abort', () => left('end of input'))),
  ])
  leaving.abort()
  prompt?.close()
  log('info', { why }, 'stopping')
  await doors.close()
  await core.stop(DRAIN)
  return EXIT.ok
}

/** The prompt: what is typed is a message like any other, and the audit log scrolls by. */
function ask(core: Core, leaving: AbortController): Prompt {
  const session = core.terminal.open(userInfo().username, (reply) => prompt.print(plain(reply)))
  const prompt = openPrompt(
    (line) => {
      core.intake.submit(session.message(line)).catch((error: unknown) => prompt.print(String(error)))
    },
    () => leaving.abort(),
  )
  const { logPath, enabled } = core.settings.audit
  if (enabled) {
    const dim = (line: string): void => prompt.print(`\u001b[2m${line}\u001b[0m`)
    void tail(
      { lines: 0, follow: true, json: false },
      { logPath, head: null, out: dim, err: dim, signal: leaving.signal },
    ).catch(() => {})
  }
  prompt.print('Type a command, such as /help or /echo say 你好. Ctrl-D ends.')
  return prompt
}

function signals(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
}
