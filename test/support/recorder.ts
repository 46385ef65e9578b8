// Keeps what a channel counted and logged, so that a test can wait on it and look for secrets in it; must never drop a line.
import type { Count, Log } from '../../supervisor/chat/powers.ts'
import { createFeed, type Feed } from './dingtalk/feed.ts'

export type Recorder = {
  readonly count: Count
  readonly log: Log
  readonly counts: Feed<string>
  /** How often `event` was counted. */
  readonly times: (event: string) => number
  /** Everything counted and logged, as one text. */
  readonly transcript: () => string
}

/** An empty recorder. */
export function createRecorder(): Recorder {
  const counts = createFeed<string>('count')
  const lines: string[] = []
  return {
    count: counts.append,
    log: (level, fields, text) => {
      lines.push(JSON.stringify({ level, text, ...fields }))
    },
    counts,
    times: (event) => counts.all().filter((one) => one === event).length,
    transcript: () => [...counts.all(), ...lines].join('\n'),
  }
}
