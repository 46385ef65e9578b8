// Which request headers a plugin or a grant may set, and how secrets get into them; it never sends or logs a value.
import { z } from 'zod'
import { Coded } from '../errors.ts'

// RFC 9110 §5.1: a token. Lower-cased, so that two spellings of a name cannot stand side by side.
const headerName = z
  .string()
  .toLowerCase()
  .max(64)
  .regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/, 'not a header name')
  .refine((name) => !isReserved(name), { error: (issue) => `the header ${String(issue.input)} may not be set` })
const headerValue = z
  .string()
  // oxlint-disable-next-line no-control-regex -- the tab is legal in a header value (RFC 9110 §5.5)
  .regex(/^[\t\x20-\x7e]*$/, 'a header value is printable ASCII')

/** Header names, lower-cased, with their values; at most 64 headers and 16 KiB (what common servers accept in all). */
export const headersSchema = z
  .record(headerName, headerValue)
  .refine((headers) => Object.keys(headers).length <= 64, 'more than 64 headers')
  .refine((headers) => Object.entries(headers).flat().join('').length <= 16_384, 'more than 16 KiB of headers')

// Framing and routing belong to the transport; the rest would make a server act on another method or path than was checked,
// or believe in another client.
const RESERVED = new RegExp(
  `^(?:${[
    'host|content-length|content-encoding|transfer-encoding|accept-encoding|expect|te|trailer',
    'connection|keep-alive|upgrade|http2-settings|via|forwarded|x-real-ip|x-forwarded(?:-.*)?|proxy-.*',
    'x-http-method(?:-override)?|x-method-override|x-original-.*|x-rewrite-url',
  ].join('|')})$`,
)

// CGI and its heirs read `_` and `-` as one character.
function isReserved(name: string): boolean {
  return RESERVED.test(name.replaceAll('_', '-'))
}

/** The name among `headers` that a server could take for one of `injected`; null when there is none. */
export function overridden(headers: Readonly<Record<string, string>>, injected: Readonly<Record<string, string>>) {
  const taken = new Set(Object.keys(injected).map((name) => name.replaceAll('_', '-')))
  return Object.keys(headers).find((name) => taken.has(name.replaceAll('_', '-'))) ?? null
}

const SECRET = /\$\{([A-Z][A-Z0-9_]{0,63})\}/g

/** A header value in which `${NAME}` stands for a secret of the plugin. */
export const headerTemplate = headerValue.refine(
  (template) => !template.replaceAll(SECRET, '').includes('${'),
  'a secret is written ${NAME}: capital letters, digits and _, starting with a letter',
)

/** The names of the secrets in a template. */
export function secretsOf(template: string): string[] {
  return [...template.matchAll(SECRET)].map(([, name = '']) => name)
}

/**
 * Fills in a grant entry's headers at the moment of sending; every value read is passed to `used`, so that it can be masked.
 * @throws Coded SECRET_MISSING; HTTP_FAILED when a secret has characters that a header cannot carry
 */
export async function fill(
  templates: Readonly<Record<string, string>>,
  read: (name: string) => Promise<string | null>,
  used: (value: string) => void,
): Promise<Record<string, string>> {
  const values = new Map<string, string>()
  for (const name of new Set(Object.values(templates).flatMap(secretsOf))) {
    const value = await read(name)
    if (!value) throw new Coded('SECRET_MISSING', { name })
    if (!/^[\x20-\x7e]+$/.test(value))
      throw new Coded('SECRET_MISSING', { name }, { cause: new Error('not printable ASCII') })
    used(value)
    values.set(name, value)
  }
  const filled = (template: string) => template.replaceAll(SECRET, (_, name: string) => values.get(name) ?? '')
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, filled(template)]))
}
