// Path patterns of a grant, compared segment by segment with what a server could understand a URL's path to be.

/**
 * What is wrong with a path pattern, in a sentence that says how to write it; null when nothing is. `*` is one or more
 * characters within a segment, at most once in each; `**` is one or more whole segments, at most once in the pattern:
 * so comparing takes linear time whatever a plugin asks for. `/v1/*` covers `/v1/now`, neither `/v1/` nor `/v1/a/b`;
 * `/v1/**` covers all three, and not `/v1`.
 */
export function pathProblem(pattern: string): string | null {
  if (!pattern.startsWith('/')) return `"${pattern}" must start with "/"`
  if (/[?#%\\]|\p{Cc}/u.test(pattern)) {
    return `"${pattern}" must be a path as it reads, without ?, #, % or \\ (queries are not restricted; write 天气, not %E5…)`
  }
  const segments = split(pattern)
  if (segments.some((segment) => segment === '.' || segment === '..')) return `"${pattern}" must not contain . or ..`
  if (segments.filter((segment) => segment === '**').length > 1) return `"${pattern}" may contain ** once`
  const stars = (segment: string) => (segment === '**' ? 0 : segment.split('*').length - 1)
  if (segments.some((segment) => stars(segment) > 1)) {
    return `"${pattern}" may contain one * in a segment; ** stands for whole segments, alone between slashes`
  }
  return null
}

/** The decoded segments of a URL's path, or null when two servers could disagree about which path it is. */
export function pathSegments(pathname: string): readonly string[] | null {
  try {
    const segments = split(pathname).map((segment) => decodeURIComponent(segment))
    return segments.some(isAmbiguous) ? null : segments
  } catch {
    return null // not UTF-8: an overlong slash, or an encoding that we cannot compare
  }
}

/** Whether the pattern covers the segments. */
export function pathCovers(pattern: string, segments: readonly string[]): boolean {
  const wanted = split(pattern)
  const deep = wanted.indexOf('**')
  if (deep < 0) return wanted.length === segments.length && everySegment(wanted, segments)
  const tail = wanted.slice(deep + 1)
  if (segments.length < wanted.length) return false
  return (
    everySegment(wanted.slice(0, deep), segments) && everySegment(tail, segments.slice(segments.length - tail.length))
  )
}

// A slash or dot segment that shows up only after decoding (once, or twice as proxies do), after folding full-width forms,
// or after cutting the parameters that Java servers drop before they resolve dots (`..;x`): each would let the server see
// another path than was compared.
function isAmbiguous(segment: string): boolean {
  const folded = segment.normalize('NFKC')
  return /[/\\]|\p{Cc}|%(?:25|2e|2f|5c|00)/iu.test(folded) || /^[.\s]+(?:;|$)/.test(folded)
}

function everySegment(wanted: readonly string[], segments: readonly string[]): boolean {
  return wanted.every((pattern, index) => segmentCovers(pattern, segments[index] ?? ''))
}

function segmentCovers(pattern: string, segment: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === segment
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return segment.length >= pattern.length && segment.startsWith(before) && segment.endsWith(after)
}

function split(path: string): string[] {
  return path.slice(1).split('/')
}
