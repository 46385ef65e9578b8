// The narrow interface of the durable store, which every store (SQLite here, another beyond one machine) must satisfy alike.
import type { RecordsPower, Effect } from './capabilities/capability.ts'
import type { Message, Reply } from './chat/message.ts'

/** A message that was accepted and not yet answered. `begun` is set once a command that may change something was about to run. */
export type Waiting = { turn: string; message: Message; begun: { command: string; effect: Effect } | null }
/** A reply that is owed to somebody. `tries` counts failed deliveries. */
export type Owed = { id: number; turn: string; message: Message; reply: Reply; tries: number }
/** The last record of the audit log, so that a cut-off tail is found. */
export type Head = { seq: number; hash: string }

export type Store = {
  /** Durable and unique by the message's key before it resolves. A duplicate changes nothing. */
  accept(turn: string, message: Message): Promise<'new' | 'duplicate'>
  /** Durable mark that the turn is about to run a command whose effect is not `read`. */
  begin(turn: string, command: string, effect: Effect): Promise<void>
  /** In one step: the message is answered and the reply is owed. Resolves with the debt's id; null when it was answered before. */
  finish(turn: string, reply: Reply): Promise<number | null>
  /** What was accepted and not finished, oldest first. */
  waiting(): Waiting[]
  owed(): Owed[]
  /** Soon durable: a crash before that sends the reply a second time, which is the smaller harm. */
  delivered(owed: number, turn: string): Promise<void>
  undelivered(owed: number): Promise<void>
  readonly records: RecordsPower
  head(): Head | null
  /** Soon durable, with whatever is written next. */
  saveHead(head: Head): Promise<void>
  /** Forgets what was answered before that time (ms), which is as long as a duplicate is recognised, and expired records. */
  prune(before: number): Promise<void>
  close(): Promise<void>
}
