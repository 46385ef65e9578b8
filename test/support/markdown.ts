// Reads a Markdown document of ours into what tests ask of it: sections, code blocks, tables, links. It knows no other dialect.

export type Fence = {
  readonly info: string
  readonly body: string
  /** The path that stands alone, in backticks and with a colon, on the line above; null when none does. */
  readonly file: string | null
}
export type Section = {
  readonly level: number
  readonly title: string
  /** Without code blocks. */
  readonly prose: string
  readonly fences: readonly Fence[]
  /** Cells of each table row, without the head. */
  readonly rows: readonly (readonly string[])[]
  readonly items: number
}

const FENCE = /(?:^`([^`\n]+)`:\n\n)?^```([^\n]*)\n([^]*?)^```$/gm
const HEADING = /^(#{1,6}) (.+)$/gm

/** The document's sections in order, each from its heading to the next of any level. */
export function sectionsOf(text: string): readonly Section[] {
  const fences = [...text.matchAll(FENCE)]
  // Blanked, not removed: a `#` in a shell block is no heading, and offsets stay.
  const prose = fences.reduce((rest, [whole]) => rest.replace(whole, () => whole.replaceAll(/[^\n]/g, ' ')), text)
  const heads = [...prose.matchAll(HEADING)]
  return heads.map((head, index) => {
    const end = heads[index + 1]?.index ?? text.length
    const body = prose.slice(head.index + head[0].length, end)
    return {
      level: head[1]?.length ?? 0,
      title: head[2] ?? '',
      prose: body,
      fences: fences
        .filter((fence) => fence.index > head.index && fence.index < end)
        .map(([, file, info = '', code = '']) => ({ info, body: code, file: file ?? null })),
      rows: rowsOf(body),
      items: body.match(/^\s*(?:-|\d+\.) /gm)?.length ?? 0,
    }
  })
}

function rowsOf(body: string): readonly (readonly string[])[] {
  const lines = body.split('\n').filter((line) => line.startsWith('|'))
  const isRule = (line: string | undefined) => line !== undefined && /^[|\s:-]+$/.test(line)
  return lines
    .filter((line, index) => !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}

/** The first cells of a section's tables, without backticks; a section without a table is a mistake of the caller. */
export function firstCells({ rows, title }: Section): readonly string[] {
  if (rows.length === 0) throw new Error(`${title} has no table`)
  return rows.map(([cell = '']) => cell.replaceAll('`', ''))
}

/** What stands in backticks, code blocks left out. */
export function codeSpans(sections: readonly Section[]): readonly string[] {
  return sections.flatMap(({ prose }) => [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code))
}

/** Where the links lead. */
export function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** A heading as a link names it. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}
