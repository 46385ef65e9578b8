// The log of a development supervisor that was told `audit.enabled: false`. Strict isolation refuses that setting.
import { GENESIS } from './audit-powers.ts'
import type { Audit } from './audit.ts'

export function withoutAudit(): Audit {
  return {
    record: async () => ({ seq: 0 }),
    append: () => {},
    flush: async () => {},
    probe: async () => true,
    healthy: () => true,
    head: () => GENESIS,
    close: async () => {},
  }
}
