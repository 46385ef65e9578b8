// The readings of a text in which a secret may hide: as it is, and with one or two layers of JSON, URL or HTML escapes off.
// Bytes, because a hostile server chooses them and a pass must take milliseconds.

/** A reading, and for each of its bytes where in the original it began (one more entry: the original's end). */
export type View = { readonly bytes: Buffer; readonly at: Uint32Array }

/** Reads one escape at `index`: the ASCII code it stands for and its length, or null. */
type Decoder = { readonly start: number; readonly read: (bytes: Buffer, index: number) => Escape | null }
type Escape = { readonly code: number; readonly length: number }

const LAYERS = 2
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const DECODERS: readonly Decoder[] = [
  { start: 0x5c, read: readJson },
  { start: 0x25, read: (bytes, index) => ascii(bytes, index + 1, 3) },
  { start: 0x26, read: readHtml },
]

/** Every reading of the text, the text itself first. */
export function* echoViews(text: string): Generator<View> {
  const bytes = Buffer.from(text)
  const at = new Uint32Array(bytes.length + 1)
  for (let index = 0; index <= bytes.length; index += 1) at[index] = index
  yield* layers({ bytes, at }, LAYERS)
}

// Each decoder on its own: a backslash before an HTML entity is a character of the text, not an escape of the entity.
function* layers(view: View, left: number): Generator<View> {
  yield view
  if (left === 0) return
  for (const decoder of DECODERS) {
    const decoded = peel(view, decoder)
    if (decoded !== null) yield* layers(decoded, left - 1)
  }
}

function peel({ bytes, at }: View, { start, read }: Decoder): View | null {
  const peeled = Buffer.allocUnsafe(bytes.length)
  const origins = new Uint32Array(at.length)
  let [size, copied] = [0, 0]
  const copy = (end: number) => {
    bytes.copy(peeled, size, copied, end)
    origins.set(at.subarray(copied, end), size)
    size += end - copied
  }
  for (let index = bytes.indexOf(start); index >= 0; index = bytes.indexOf(start, Math.max(index + 1, copied))) {
    const escape = read(bytes, index)
    if (escape === null) continue
    copy(index)
    peeled[size] = escape.code
    origins[size] = at[index] ?? 0
    size += 1
    copied = index + escape.length
  }
  if (copied === 0) return null
  copy(bytes.length)
  origins[size] = at[bytes.length] ?? 0
  return { bytes: peeled.subarray(0, size), at: origins.subarray(0, size + 1) }
}

function readJson(bytes: Buffer, index: number): Escape | null {
  const code = bytes[index + 1] ?? 0
  const isUnicode = code === 0x75 && bytes[index + 2] === 0x30 && bytes[index + 3] === 0x30
  return (isUnicode ? ascii(bytes, index + 4, 6) : null) ?? (code > 0x20 && code < 0x7f ? { code, length: 2 } : null)
}

function readHtml(bytes: Buffer, index: number): Escape | null {
  const window = bytes.toString('latin1', index, index + 12)
  const [whole = '', hex, decimal, name = ''] = /^&(?:#x([0-9a-f]{1,8})|#(\d{1,8})|([a-z]{2,4}));/i.exec(window) ?? []
  const code =
    hex === undefined ? Number(decimal ?? ENTITIES[name.toLowerCase()]?.charCodeAt(0)) : Number.parseInt(hex, 16)
  return code < 0x80 ? { code, length: whole.length } : null
}

// Two hexadecimal digits that make an ASCII character.
function ascii(bytes: Buffer, index: number, length: number): Escape | null {
  const [high, low] = [digit(bytes[index]), digit(bytes[index + 1])]
  return high < 8 && low < 16 ? { code: high * 16 + low, length } : null
}

function digit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : 16
}
