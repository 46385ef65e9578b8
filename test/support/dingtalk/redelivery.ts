// Owns when a push that nobody acked is repeated; must never push.

/** How one kind of push is repeated. Times in ms. */
export type RedeliveryPolicy = {
  /** How long an ack may take. Infinity: for ever. */
  readonly ackWithinMs: number
  /** The pause before each repetition; its length is how many there are. */
  readonly retryAfterMs: readonly number[]
  /** Whether a repetition carries the first messageId again. */
  readonly reuseMessageId: boolean
  /** Whether a refusal, or having nobody to push to, counts as a failed attempt at once. */
  readonly failsFast: boolean
}

/** newMessageId: what the field reports. sameMessageId: what two official clients prepare for. never: the official text. */
export type RobotRedelivery = 'newMessageId' | 'sameMessageId' | 'never'

/** Robot messages: once, `afterMs` after the first push (the field reports about 60 000), or not at all. */
export function robotPolicy(mode: RobotRedelivery, afterMs: number): RedeliveryPolicy {
  const again = mode !== 'never'
  return {
    ackWithinMs: again ? afterMs : Number.POSITIVE_INFINITY,
    retryAfterMs: again ? [0] : [],
    reuseMessageId: mode === 'sameMessageId',
    failsFast: false,
  }
}

/** Events: an ack is due within 3 s, then again after 10 s and after 30 s (platform documents). */
export const eventPolicy: RedeliveryPolicy = {
  ackWithinMs: 3000,
  retryAfterMs: [10_000, 30_000],
  reuseMessageId: false,
  failsFast: true,
}
