// The answer of policy to one question: never a boolean, always with its reason.
import type { Code } from '../errors.ts'

export type Decision =
  | { readonly effect: 'allow'; readonly rules: readonly string[] }
  | { readonly effect: 'deny'; readonly code: Code; readonly rules: readonly string[] }
  /** Denied now, allowed with that many approvals. */
  | { readonly effect: 'ask'; readonly approvals: number; readonly rules: readonly string[] }
