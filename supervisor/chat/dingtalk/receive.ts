// What becomes of a robot message's body, by whichever way it came: known to be ours, then made durable. Must never acknowledge.
import type { Accept } from '../message.ts'
import type { Clock, Count, Log } from '../powers.ts'
import { parseRobotMessage, type Refusal, type Robot } from './parse.ts'

export type ReceiveOptions = {
  readonly robot: Robot
  readonly accept: Accept
  readonly clock: Clock
  readonly count: Count
  readonly log: Log
}

/** Resolves to null once the message is durable, duplicates included, or to why it is none of ours; rejects as `accept` does. */
export type Receive = (body: unknown) => Promise<Refusal | null>

/** A receiver that counts what it took and what it refused. */
export function createReceive({ robot, accept, clock, count, log }: ReceiveOptions): Receive {
  return async (body) => {
    const parsed = parseRobotMessage(body, robot, clock.now())
    if ('refused' in parsed) {
      count(`message.${parsed.refused}`)
      log('warn', { reason: parsed.refused }, 'A robot message is none of ours')
      return parsed.refused
    }
    count(`message.${await accept(parsed.message)}`)
    return null
  }
}
