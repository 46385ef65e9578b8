// Owns the digests that grants and snapshots compare; it must never give two different values the same text.
import { createHash } from 'node:crypto'

/** SHA-256 (lowercase hex) of a value's canonical JSON. Throws a TypeError on what JSON cannot carry. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/** JSON with sorted keys and no spaces: equal values, equal text. Properties that are undefined count as absent. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (isPlainObject(value)) {
    const entries = Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`)
    return `{${entries.join(',')}}`
  }
  // JSON.stringify would turn a Set or a RegExp into {}: two different grants with one digest.
  throw new TypeError(`a ${typeof value === 'object' ? value.constructor?.name : typeof value} has no canonical JSON`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
