// Parses the part of JavaScript's regular expressions that an automaton can run; everything else is a SyntaxError that says so.

/** A test of one code point. */
export type Matches = (character: string) => boolean
const ASSERTIONS = ['^', '$', '\\b', '\\B'] as const
export type Assertion = (typeof ASSERTIONS)[number]
export type PatternNode =
  | { readonly kind: 'character'; readonly matches: Matches }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number }

// With the u flag every escape and every class stands for exactly one code point.
const SURROGATES = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/
const ESCAPE = /\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]+\}|[^1-9k])/u
const CLASS = /\[(?:\\[^]|[^\]\\])*\]/u
const ATOM = new RegExp(`${SURROGATES.source}|${ESCAPE.source}|${CLASS.source}|[^\\\\()[\\]{}*+?|^$]`, 'uy')
const GROUP = /\((?:\?:|\?<[^=!][^>]*>|(?!\?))/y
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y

/** Throws SyntaxError for what is not a regular expression with the u flag, or looks around or back. */
export function parsePattern(source: string): PatternNode {
  assertSyntax(source)
  const known = new Map<string, Matches>()
  let at = 0

  function eat(token: RegExp): RegExpExecArray | null {
    token.lastIndex = at
    const match = token.exec(source)
    if (match) at = token.lastIndex
    return match
  }

  function choice(): PatternNode {
    const parts = [sequence()]
    while (source[at] === '|') {
      at++
      parts.push(sequence())
    }
    const [only] = parts
    return parts.length === 1 && only ? only : { kind: 'choice', parts }
  }

  function sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(quantified(term()))
    return { kind: 'sequence', parts }
  }

  function term(): PatternNode {
    const assertion = ASSERTIONS.find((one) => source.startsWith(one, at))
    if (assertion) {
      at += assertion.length
      return { kind: 'assertion', assertion }
    }
    if (eat(GROUP)) {
      const part = choice()
      at++
      return part
    }
    const atom = eat(ATOM)?.[0]
    if (!atom)
      throw new SyntaxError('it looks around, refers back or sets modifiers, which cannot be run in linear time')
    const matches = known.get(atom) ?? matcher(atom)
    known.set(atom, matches)
    return { kind: 'character', matches }
  }

  function quantified(part: PatternNode): PatternNode {
    const match = eat(QUANTIFIER)
    if (!match) return part
    const [, sign, low, comma, high] = match
    if (sign) return { kind: 'repeat', part, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity }
    const min = Number(low)
    return { kind: 'repeat', part, min, max: comma ? Number(high || Infinity) : min }
  }

  return choice()
}

/** The native parser judges the syntax, so that the rest need not; it compiles nothing until it is run. */
function assertSyntax(source: string): void {
  try {
    RegExp(source, 'u')
  } catch {
    // The native message would repeat the source.
    throw new SyntaxError('it is not a regular expression with the flag u')
  }
}

/** Asks the native engine about one character at a time, which cannot backtrack; ASCII is asked beforehand. */
function matcher(atom: string): Matches {
  const native = new RegExp(`^(?:${atom})$`, 'u')
  const ascii = Array.from({ length: 128 }, (_, code) => native.test(String.fromCharCode(code)))
  return (character) => ascii[character.codePointAt(0) ?? 0] ?? native.test(character)
}
