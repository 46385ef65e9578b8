// Runs a regular expression that a manifest's author wrote, in linear time (Thompson's automaton); never by backtracking.
import { parsePattern, type Assertion, type Matches, type PatternNode } from './pattern-syntax.ts'

/** Finds a match; takes a step from `fuel` for each state it visits and throws OutOfFuel at the last. */
export type LinearPattern = { readonly test: (text: string, fuel: Fuel) => boolean }
/** A step is about 50 ns. */
export type Fuel = { steps: number }

export class OutOfFuel extends Error {
  override readonly name = 'OutOfFuel'
}

/** One shape for all, because the loop that reads it is the cost of a match. State 0 accepts. */
type State = {
  readonly matches: Matches | null
  readonly assertion: Assertion | null
  readonly next: readonly number[]
}

/** More than any name, code or address needs; a{500} alone is 501. */
const MAX_STATES = 1000
// Nesting is parsed by recursion.
const MAX_SOURCE = 2000

/** The same answers as `new RegExp(source, 'u').test`, or why there are none. */
export function linearPattern(source: string): LinearPattern | { readonly problem: string } {
  if (source.length > MAX_SOURCE) return { problem: `it is longer than ${MAX_SOURCE} characters` }
  try {
    const { states, start } = compile(parsePattern(source))
    return { test: (text, fuel) => run(states, start, text, fuel) }
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error.message }
    throw error
  }
}

function compile(tree: PatternNode): { states: readonly State[]; start: number } {
  const states: State[] = [{ matches: null, assertion: null, next: [] }]
  let steps = 0

  function add(next: readonly number[], matches: Matches | null = null, assertion: Assertion | null = null): number {
    states.push({ matches, assertion, next })
    return states.length - 1
  }

  /** The state that begins `node` and goes on with `next`. */
  function emit(node: PatternNode, next: number): number {
    // Steps too, because (?:){999999} takes time without making a state.
    if (states.length >= MAX_STATES || ++steps > 10 * MAX_STATES) {
      throw new SyntaxError(`it needs more than ${MAX_STATES} states, as a{${MAX_STATES}} does`)
    }
    if (node.kind === 'character') return add([next], node.matches)
    if (node.kind === 'assertion') return add([next], null, node.assertion)
    if (node.kind === 'sequence') return node.parts.reduceRight((after, part) => emit(part, after), next)
    if (node.kind === 'choice') return add(node.parts.map((part) => emit(part, next)))
    return repeat(node.part, node.min, node.max, next)
  }

  function repeat(part: PatternNode, min: number, max: number, next: number): number {
    let start = next
    if (max === Infinity) {
      const either: number[] = [next]
      start = add(either)
      either.push(emit(part, start))
    } else for (let copy = min; copy < max; copy++) start = add([emit(part, start), next])
    for (let copy = 0; copy < min; copy++) start = emit(part, start)
    return start
  }

  const start = emit(tree, 0)
  return { states, start }
}

function run(states: readonly State[], start: number, text: string, fuel: Fuel): boolean {
  const characters = Array.from(text)
  const seenAt = new Int32Array(states.length).fill(-1)
  const pending = [start]
  const live: State[] = []
  for (let at = 0; at <= characters.length; at++) {
    live.length = 0
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (fuel.steps-- <= 0) throw new OutOfFuel('the pattern is too costly for a text this long')
      const state = states[index]
      if (!state || seenAt[index] === at) continue
      seenAt[index] = at
      if (index === 0) return true
      if (state.matches) live.push(state)
      else if (!state.assertion || holds(state.assertion, characters, at))
        for (const next of state.next) pending.push(next)
    }
    const character = characters[at]
    if (character === undefined) return false
    pending.push(start)
    for (const state of live) if (state.matches?.(character)) for (const next of state.next) pending.push(next)
  }
  return false
}

function holds(assertion: Assertion, characters: readonly string[], at: number): boolean {
  if (assertion === '^') return at === 0
  if (assertion === '$') return at === characters.length
  const isBoundary = isWord(characters[at - 1]) !== isWord(characters[at])
  return isBoundary === (assertion === '\\b')
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character)
}
