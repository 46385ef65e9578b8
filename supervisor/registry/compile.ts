// One module from its author's text to the JavaScript that an isolate gets, and what it imports. The only file that
// imports `es-module-lexer`. It judges syntax, never paths.
import { parse, type Import } from 'es-module-lexer/js'
import { spotFinder, type Spot } from './place.ts'
import type { Strip } from './strip.ts'

type Problem = { readonly what: string; readonly cure: string }

/** Spots are the author's: stripping moves nothing. */
export type Compiled = {
  readonly js: string
  readonly imports: readonly (Spot & { readonly specifier: string })[]
  readonly problems: readonly (Spot & Problem)[]
}

/** Never rejects. Errors of plain JavaScript beyond its outline are found by the isolate. */
export async function compile(text: string, isTypeScript: boolean, strip: Strip): Promise<Compiled> {
  const stripped = isTypeScript ? await strip(text) : { js: text }
  if (!('js' in stripped)) {
    const cure = 'Correct it; types are removed and nothing is generated, so no enum, namespace or parameter property'
    return { js: '', imports: [], problems: [{ ...stripped, cure }] }
  }
  const { js } = stripped
  const spot = spotFinder(js)
  const imports: (Spot & { specifier: string })[] = []
  const problems: (Spot & Problem)[] = []
  try {
    for (const found of parse(js)[0]) {
      const problem = refusal(found)
      if (problem) problems.push({ ...spot(found.importStart), ...problem })
      // `start` is behind the quotation mark.
      else imports.push({ ...spot(found.start - 1), specifier: found.specifier ?? '' })
    }
  } catch (error) {
    const offset = error instanceof Error && 'idx' in error ? Number(error.idx) : 0
    problems.push({
      ...spot(offset),
      what: 'this is not a JavaScript module',
      cure: 'Correct its syntax',
    })
  }
  return { js, imports, problems }
}

function refusal(found: Import): Problem | null {
  if (found.type === 'import-meta') {
    return { what: '`import.meta` does not exist here', cure: 'Remove it; a plugin has no address and no files' }
  }
  if (found.type === 'dynamic') {
    return { what: '`import()` does not exist here', cure: 'Import at the top: import { name } from "./file.ts"' }
  }
  if (found.phase !== null || found.attributes !== null) {
    return { what: 'this form of import does not exist here', cure: 'Write import { name } from "./file.ts"' }
  }
  return null
}
