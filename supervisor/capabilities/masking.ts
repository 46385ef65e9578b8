// Hides secrets that a server echoes, in the encodings that servers echo in. It cannot hide what a server transforms on
// purpose. It never builds a RegExp from a secret: a RegExp's error messages quote their source.
import { echoViews, type View } from './echo-views.ts'

/** What to look for; `edges` says which neighbours share a base64 character with it. */
type Needle = { readonly bytes: Buffer; readonly edges?: readonly [before: boolean, after: boolean] }
type Span = readonly [start: number, end: number]

/**
 * A function that replaces each of the secrets in a text by `***`: plain, in hex, in base64 of any text around it (url-safe
 * or not), each of these URL-, JSON- or HTML-escaped wholly or in part, up to twice. Secrets are printable ASCII.
 */
export function masking(secrets: Iterable<string>): (text: string) => string {
  const needles = [...new Set(secrets)].filter(Boolean).flatMap(needlesOf)
  if (needles.length === 0) return (text) => text
  return (text) =>
    cover(
      text,
      [...echoViews(text)].flatMap((view) => [...find(view, needles)]),
    )
}

function needlesOf(secret: string): Needle[] {
  const forms = [secret, secret.replaceAll(' ', '+')].flatMap((one) => [one, one.toLowerCase(), one.toUpperCase()])
  const plain = (texts: string[]) => [...new Set(texts)].map((text) => ({ bytes: Buffer.from(text) }))
  // Under 4 bytes hex and base64 are a handful of letters that stand in any text.
  if (secret.length < 4) return plain(forms)
  const hex = Buffer.from(secret).toString('hex')
  return [...plain([...forms, hex, hex.toUpperCase()]), ...[0, 1, 2].map((shift) => base64(secret, shift))]
}

// Base64 writes 3 bytes as 4 characters, so a secret inside a longer text starts at one of 3 places. Only the characters
// that the secret alone decides can be searched for; those that it shares with its neighbours are covered along with them.
function base64(secret: string, shift: number): Needle {
  const encoded = Buffer.from('\0'.repeat(shift) + secret).toString('base64')
  const [start, end] = [Math.ceil((shift * 4) / 3), Math.floor(((shift + secret.length) * 4) / 3)]
  return { bytes: Buffer.from(encoded.slice(start, end)), edges: [shift > 0, (shift + secret.length) % 3 > 0] }
}

function* find({ bytes, at }: View, needles: readonly Needle[]): Generator<Span> {
  const standard = standardBase64(bytes)
  const shares = (index: number) => (/[a-z0-9+/]/i.test(String.fromCharCode(standard[index] ?? 0)) ? 1 : 0)
  for (const { bytes: needle, edges } of needles) {
    const hay = edges === undefined ? bytes : standard
    let span: Span | null = null
    for (let start = hay.indexOf(needle); start >= 0; start = hay.indexOf(needle, start + 1)) {
      const end = start + needle.length
      const from = at[edges?.[0] ? start - shares(start - 1) : start] ?? 0
      const to = at[edges?.[1] ? end + shares(end) : end] ?? 0
      if (span !== null && from > span[1]) yield span
      span = [span !== null && from <= span[1] ? span[0] : from, to]
    }
    if (span !== null) yield span
  }
}

function standardBase64(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('-', '+').replaceAll('_', '/'), 'latin1')
}

function cover(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  const bytes = Buffer.from(text)
  let [masked, kept] = ['', 0]
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    if (start > kept || masked === '') masked += `${bytes.toString('utf8', kept, start)}***`
    kept = Math.max(kept, end)
  }
  return masked + bytes.toString('utf8', kept)
}
