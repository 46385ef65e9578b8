// The log: JSON lines for machines, short lines for a person at a terminal. The only importer of pino.
import { pino } from 'pino'
import type { Log } from '../chat/powers.ts'
import { printable } from '../chat/terminal.ts'

/** Lines go to `write`. Levels below info are left out unless `debug`. */
export function createLog(human: boolean, write: (line: string) => void, debug = false): Log {
  const level = debug ? 'debug' : 'info'
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: human ? (line) => write(brief(line)) : write },
  )
  return (at, fields, text) => logger[at](fields, text)
}

/** `warn a reply could not be delivered turn=… tries=2` */
function brief(line: string): string {
  const { level, time: _, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`)
  return `${printable([level, msg, ...rest].join(' '))}\n`
}
