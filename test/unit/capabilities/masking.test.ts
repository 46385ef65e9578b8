import { test } from 'node:test'
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { masking } from '../../../supervisor/capabilities/masking.ts'

const SECRET = 'sk-Va/l+ue "7"\\&<e>'
const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const html = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Encoding → how a server would write a text that contains the secret. */
const ENCODINGS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  'upper case': (text) => text.toUpperCase(),
  encodeURIComponent: encodeURIComponent,
  encodeURI: encodeURI,
  form: (text) => new URLSearchParams({ q: text }).toString(),
  'percent, every byte': percent,
  'percent, twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  JSON: (text) => JSON.stringify({ text }),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify({ text })),
  'JSON with \\/': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  'JSON with \\u': (text) =>
    JSON.stringify(text).replace(/[<>&/+]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`),
  HTML: html,
  'HTML by number': (text) =>
    html(text).replaceAll('&quot;', '&#34;').replaceAll('/', '&#x2F;').replaceAll('&amp;', '&#038;'),
  hex: (text) => Buffer.from(text).toString('hex'),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 in a URL': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
  'base64 in JSON with \\/': (text) => Buffer.from(text).toString('base64').replaceAll('/', '\\/'),
}

for (const [name, encode] of Object.entries(ENCODINGS)) {
  test(`masks ${name} at every alignment`, () => {
    const mask = masking([SECRET])
    for (const before of ['', 'a', 'ab', 'abc', 'Bearer ']) {
      for (const after of ['', 'z', 'zz', 'zzz']) {
        const masked = mask(`<${encode(before + SECRET + after)}>`)
        const [head, tail] = [encode(before), encode(after)]
        assert.ok(masked.includes('***'), masked)
        // Nothing is left but what stands around it: at most the frame and the neighbours' own letters.
        assert.ok(masked.length <= '<***>'.length + head.length + tail.length + 8, masked)
      }
    }
  })
}

test('text without the secret stays as it is', () => {
  const text = JSON.stringify({ a: 'nothing here', b: [1, 2, 3], c: 'c2stVmE=' })
  assert.equal(masking([SECRET])(text), text)
  assert.equal(masking([])(text), text)
  assert.equal(masking([''])(text), text)
})

test('of two secrets the longer is masked whole', () => {
  assert.equal(masking(['abcd', 'abcdefgh'])('x abcdefgh y abcd'), 'x *** y ***')
})

test('a short secret is masked where it stands, and does not eat base64 or hex', () => {
  assert.equal(masking(['xyz'])('xyz 78797a eHl6'), '*** 78797a eHl6')
})

test('no printable secret survives any of the encodings', () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 6,
    maxLength: 40,
  })
  fc.assert(
    fc.property(
      printable,
      fc.string({ maxLength: 5 }),
      fc.constantFrom(...Object.keys(ENCODINGS)),
      (secret, before, name) => {
        const encode = ENCODINGS[name] ?? String
        const written = encode(before + secret)
        const masked = masking([secret])(written)
        assert.ok(masked.includes('***'), `${name}: ${masked}`)
        assert.ok(!masked.includes(secret))
      },
    ),
    { numRuns: 2000 },
  )
})

test('neither a secret of 8 KiB nor 1 MiB of escapes holds up the process', () => {
  const long = Buffer.from(Array.from({ length: 6144 }, (_, i) => (i * 7919) % 251)).toString('base64')
  const mask = masking([long])
  for (const filler of ['x', '\\\\', '%25', '&#38;', long.slice(0, 100)]) {
    const text = filler.repeat(Math.floor(1024 ** 2 / filler.length))
    const started = performance.now()
    assert.ok(mask(text + JSON.stringify(long)).includes('***'))
    const took = performance.now() - started
    // Linear work takes tenths of a second on a busy machine; quadratic work would take minutes.
    assert.ok(took < 10_000, `${filler.slice(0, 9)}: ${took} ms`)
  }
})

test('the base64 characters that a secret shares with its neighbours are covered too', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const mask = masking(['secret-1'])
  assert.equal(mask(base64('asecret-1')), `${base64('a')[0]}***`)
  const both = base64('absecret-1bc')
  assert.equal(mask(both), `${both.slice(0, 2)}***${both.slice(14)}`)
})

test('overlapping echoes leave nothing between them', () => {
  assert.equal(masking(['abcabc'])('abcabcabc'), '***')
  assert.equal(masking(['abcdef', 'defghi'])('abcdefghi!'), '***!')
})
