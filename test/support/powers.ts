// The powers a test hands over, and for all others ones that fail the test when they are used.
import type { Powers } from '../../supervisor/capabilities/capability.ts'

export function powersWith(given: Partial<Powers>): Powers {
  const never = () => Promise.reject(new Error('this power was not handed over'))
  return {
    http: { resolve: never, exchange: never },
    secrets: { read: never },
    records: { get: never, set: never, delete: never, list: never },
    conversation: { say: never },
    ...given,
  }
}
