// Sizes and durations as people write them ("64MiB", "10s") and as code counts them; never guesses a missing unit of a string.
import { z } from 'zod'

const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

type Range = { min?: number; max?: number }

/** A size: a whole number of bytes, or "512B", "64KiB", "64MiB", "1GiB". Parses to bytes; the range is in bytes and starts at 1. */
export function bytes(range: Range = {}): z.ZodType<number> {
  return quantity('size', '"64MiB"', BYTES, range)
}

/** A duration: a whole number of milliseconds, or "500ms", "10s", "1m", "1h". Parses to milliseconds; the range starts at 1. */
export function milliseconds(range: Range = {}): z.ZodType<number> {
  return quantity('duration', '"10s"', MILLISECONDS, range)
}

function quantity(noun: string, example: string, units: Readonly<Record<string, number>>, range: Range) {
  const names = Object.keys(units)
  const written = new RegExp(`^(\\d{1,15})(${names.join('|')})$`)
  const { min = 1, max = Number.MAX_SAFE_INTEGER } = range
  return z
    .union([z.number(), z.string()], `write a ${noun} such as ${example}`)
    .transform((value, context) => {
      const [, digits = '', unit = ''] = typeof value === 'string' ? (written.exec(value) ?? []) : []
      const amount = typeof value === 'number' ? value : Number(digits) * (units[unit] ?? Number.NaN)
      if (Number.isSafeInteger(amount)) return amount
      context.addIssue(`write a ${noun} such as ${example}: a whole number and one of ${names.join(', ')}`)
      return z.NEVER
    })
    .pipe(z.number().min(min).max(max))
}
