// What of a faulty document still fits its schema, so that checks of meaning can be made in the same pass. Never something to run with.
import type { z } from 'zod'
import { type Complaint, judge } from './explain.ts'

// A fault deep in a required section takes the sections around it with it, one round each; our documents are no deeper.
const ROUNDS = 8

/** `value` (which it changes) without its faulty parts, parsed, or null when too little is left. */
export function salvage<T>(value: unknown, complaints: readonly Complaint[], schema: z.ZodType<T>): T | null {
  let open = complaints
  for (let round = 0; round < ROUNDS; round++) {
    for (const complaint of open) if (!cut(value, complaint)) return null
    const judged = judge(value, schema)
    if ('value' in judged) return judged.value
    open = judged.complaints
  }
  return null
}

/** Removes a complaint's key, its mapping when the key is missing, or the whole list that it is in (so that no index shifts). */
function cut(value: unknown, complaint: Complaint): boolean {
  const path = complaint.missing ? complaint.path.slice(0, -1) : complaint.path
  const list = path.findIndex((step) => typeof step === 'number')
  const target = list === -1 ? path : path.slice(0, list)
  const key = target.at(-1)
  if (key === undefined) return false
  let parent = value
  for (const step of target.slice(0, -1)) parent = isMapping(parent) ? parent[step] : undefined
  if (isMapping(parent)) delete parent[key]
  return true
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
