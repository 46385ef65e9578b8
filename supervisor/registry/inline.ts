// Lifts code out of a manifest's `source: |` so that its lines stay the manifest's lines, in faults and in stack traces.
import type { Inline } from './modules.ts'
import type { Spot } from './place.ts'

/** `at` is where the value of `source` begins in the manifest's `text`: the bar of a block, or the code itself. */
export function inlineCode(source: string, text: string, at: Spot): Inline {
  const lines = text.split(/\r\n|\n|\r/)
  const isBlock = /^[|>][-+0-9]*\s*(#.*)?$/.test((lines[at.line - 1] ?? '').slice(at.column - 1))
  if (!isBlock) return { code: '\n'.repeat(at.line - 1) + source, indent: at.column - 1 }
  const firstCode = lines.slice(at.line).find((line) => line.trim() !== '') ?? ''
  return { code: '\n'.repeat(at.line) + source, indent: firstCode.length - firstCode.trimStart().length }
}
