// A parser's complaint as a fault. It never repeats the file's text, which may hold a secret.
import type { Fault } from '../errors.ts'

export type Place = { line: number; column: number }

/** The parser's own, as far as it is used here. */
type Problem = { readonly code: string; readonly message: string; readonly pos: readonly [number, number] }

// These of the parser's messages quote the file.
const WHAT: Readonly<Record<string, string>> = {
  TAG_RESOLVE_FAILED: 'unknown tag',
  BAD_DQ_ESCAPE: 'unknown escape sequence',
  BAD_DIRECTIVE: 'unknown directive',
  MULTIPLE_DOCS: 'a second document begins here',
  NON_STRING_KEY: 'a key must be plain text',
  RESOURCE_EXHAUSTION: 'the document is nested too deeply',
}

const CURE: Readonly<Record<string, string>> = {
  TAG_RESOLVE_FAILED: 'Remove the tag; text that begins with ! needs quotes',
  BAD_DQ_ESCAPE: 'Write \\\\ for a backslash, or use single quotes',
  BAD_DIRECTIVE: 'Remove the line that begins with %',
  MULTIPLE_DOCS: 'Keep one document a file; remove the --- line and what follows',
  NON_STRING_KEY: 'Write the key as a word, or in quotes',
  RESOURCE_EXHAUSTION: 'Make it flatter',
  TAB_AS_INDENT: 'Indent with spaces',
  BAD_INDENT: 'Indent it like its neighbours, with spaces',
  BAD_SCALAR_START: 'Put the value in quotes',
  MISSING_CHAR: 'Add it, or put the value in quotes',
  MULTILINE_IMPLICIT_KEY: 'Is a `:` missing after a key? Otherwise put the text in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'Begin the inner mapping on its own line, or put text that contains `: ` in quotes',
}

/** One fault a place, because one slip often breaks several rules. `place` turns an offset into line and column. */
export function syntaxFaults(file: string, problems: readonly Problem[], place: (offset: number) => Place): Fault[] {
  const first = new Map<number, Problem>()
  for (const problem of problems) if (!first.has(problem.pos[0])) first.set(problem.pos[0], problem)
  return [...first].map(([offset, { code, message }]) => ({
    file,
    ...place(offset),
    what: WHAT[code] ?? message.split(': ', 1)[0] ?? '',
    cure: CURE[code] ?? 'Put text that holds YAML’s own signs in quotes',
  }))
}
