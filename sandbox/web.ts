// What the web platform gives and V8 alone does not: URL, encodings, structuredClone, crypto.randomUUID. Like guest.ts it runs in
// the isolate only, from a snapshot, and may use nothing from outside its own body.
import type { GuestAsk } from './guest.ts'

export function web(ask: GuestAsk): void {
  const { parse, stringify } = JSON
  const { defineProperty } = Object
  const { deleteProperty } = Reflect
  const { isArray } = Array
  const { isView } = ArrayBuffer
  const text = String

  const URL_PARTS = [
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ]
  class URLSearchParams {
    #pairs: [string, string][] = []
    #changed: () => void = () => {}
    constructor(init: unknown = '', changed?: () => void) {
      if (changed) this.#changed = changed
      if (typeof init === 'string') this.#read(init)
      else if (init instanceof URLSearchParams) this.#pairs = [...init]
      else if (isArray(init))
        for (const [name, value] of init as [unknown, unknown][]) this.#pairs.push([text(name), text(value)])
      else for (const [name, value] of Object.entries(init as object)) this.#pairs.push([name, text(value)])
    }
    #read(query: string): void {
      const decode = (part: string): string => {
        const spaced = part.replaceAll('+', ' ')
        try {
          return decodeURIComponent(spaced)
        } catch {
          return spaced
        }
      }
      for (const pair of query.replace(/^\?/, '').split('&')) {
        if (!pair) continue
        const at = pair.indexOf('=')
        this.#pairs.push(at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))])
      }
    }
    get size(): number {
      return this.#pairs.length
    }
    append(name: string, value: unknown): void {
      this.#pairs.push([text(name), text(value)])
      this.#changed()
    }
    delete(name: string): void {
      this.#pairs = this.#pairs.filter(([own]) => own !== name)
      this.#changed()
    }
    get(name: string): string | null {
      return this.#pairs.find(([own]) => own === name)?.[1] ?? null
    }
    getAll(name: string): string[] {
      return this.#pairs.filter(([own]) => own === name).map(([, value]) => value)
    }
    has(name: string): boolean {
      return this.#pairs.some(([own]) => own === name)
    }
    set(name: string, value: unknown): void {
      const at = this.#pairs.findIndex(([own]) => own === name)
      this.#pairs = this.#pairs.filter(([own], index) => own !== name || index === at)
      if (at < 0) this.#pairs.push([text(name), text(value)])
      else this.#pairs[at] = [text(name), text(value)]
      this.#changed()
    }
    sort(): void {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      this.#changed()
    }
    forEach(visit: (value: string, name: string) => void): void {
      for (const [name, value] of this.#pairs) visit(value, name)
    }
    keys() {
      return this.#pairs.map(([name]) => name).values()
    }
    values() {
      return this.#pairs.map(([, value]) => value).values()
    }
    entries() {
      return this.#pairs.map(([name, value]): [string, string] => [name, value]).values()
    }
    [Symbol.iterator]() {
      return this.entries()
    }
    toString(): string {
      const encode = (part: string) =>
        encodeURIComponent(part.toWellFormed())
          .replaceAll('%20', '+')
          .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
      return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
    }
  }

  /** Parsed by the host's own WHATWG parser: one implementation decides what an address means, on both sides. */
  class URL {
    #parts: Record<string, string>
    readonly searchParams: URLSearchParams
    constructor(url: unknown, base?: unknown) {
      this.#parts = URL.#ask(stringify({ url: text(url), base: base === undefined ? null : text(base) }))
      this.searchParams = new URLSearchParams(this.#parts['search'], () => {
        const query = this.searchParams.toString()
        this.#parts = URL.#ask(stringify({ url: this.#parts['href'], set: 'search', value: query }))
      })
    }
    static #ask(question: string): Record<string, string> {
      const answer = parse(ask('url', question)) as Record<string, string> | null
      if (!answer) throw new TypeError('Invalid URL')
      return answer
    }
    static canParse(url: unknown, base?: unknown): boolean {
      try {
        return Boolean(new URL(url, base))
      } catch {
        return false
      }
    }
    static parse(url: unknown, base?: unknown): URL | null {
      return URL.canParse(url, base) ? new URL(url, base) : null
    }
    static part(url: URL, name: string): string {
      return url.#parts[name] ?? ''
    }
    static change(url: URL, name: string, value: unknown): void {
      url.#parts = URL.#ask(stringify({ url: url.#parts['href'], set: name, value: text(value) }))
    }
    toString(): string {
      return this.#parts['href'] ?? ''
    }
    toJSON(): string {
      return this.toString()
    }
  }
  const { part, change } = URL
  for (const name of URL_PARTS) {
    defineProperty(URL.prototype, name, {
      get(this: URL) {
        return part(this, name)
      },
      set(this: URL, value: unknown) {
        if (name !== 'origin') change(this, name, value)
      },
      enumerable: true,
      configurable: true,
    })
  }
  deleteProperty(URL, 'part')
  deleteProperty(URL, 'change')

  class TextEncoder {
    readonly encoding = 'utf-8'
    encode(input: unknown = ''): Uint8Array {
      const bytes: number[] = []
      for (const sign of text(input)) {
        let point = sign.codePointAt(0) ?? 0
        if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd
        if (point < 0x80) bytes.push(point)
        else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63))
        else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
        else
          bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
      }
      return new Uint8Array(bytes)
    }
  }

  class TextDecoder {
    readonly encoding = 'utf-8'
    readonly fatal: boolean
    constructor(label = 'utf-8', options: { fatal?: boolean } = {}) {
      if (!/^utf-?8$/i.test(label)) throw new RangeError(`only utf-8 is known, not ${label}`)
      this.fatal = options.fatal === true
    }
    decode(input: ArrayBuffer | ArrayBufferView = new Uint8Array()): string {
      const bytes = isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input)
      let out = ''
      for (let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0; at < bytes.length;) {
        const first = bytes[at++] ?? 0
        if (first < 0x80) {
          out += text.fromCharCode(first)
          continue
        }
        // The first continuation byte's range excludes overlong forms, surrogates and what is beyond U+10FFFF (Unicode table 3-7).
        const more =
          first >= 0xc2 && first <= 0xdf
            ? 1
            : first >= 0xe0 && first <= 0xef
              ? 2
              : first >= 0xf0 && first <= 0xf4
                ? 3
                : 0
        let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
        let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
        let point = first & (0x3f >> more)
        let left = more
        while (left > 0) {
          const next = bytes[at] ?? 0
          if (next < low || next > high) break
          point = (point << 6) | (next & 63)
          low = 0x80
          high = 0xbf
          at++
          left--
        }
        if (more === 0 || left > 0) {
          if (this.fatal) throw new TypeError('The encoded data was not valid utf-8')
          out += '\ufffd'
        } else out += text.fromCodePoint(point)
      }
      return out
    }
  }

  function structuredClone<T>(input: T): T {
    const seen = new Map<unknown, unknown>()
    const refuse = (what: string): never => {
      throw new TypeError(`${what} cannot be cloned`)
    }
    const clone = (value: unknown): unknown => {
      if (typeof value === 'function' || typeof value === 'symbol') return refuse(`a ${typeof value}`)
      if (typeof value !== 'object' || value === null) return value
      if (seen.has(value)) return seen.get(value)
      const keep = <C>(copy: C): C => {
        seen.set(value, copy)
        return copy
      }
      if (value instanceof Date) return keep(new Date(value.getTime()))
      if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags))
      if (value instanceof ArrayBuffer) return keep(value.slice(0))
      if (isView(value)) {
        const buffer = clone(value.buffer) as ArrayBuffer
        if (value instanceof DataView) return keep(new DataView(buffer, value.byteOffset, value.byteLength))
        const array = value as Uint8Array
        return keep(new (array.constructor as Uint8ArrayConstructor)(buffer, array.byteOffset, array.length))
      }
      if (value instanceof Map) {
        const copy = keep(new Map())
        for (const [key, entry] of value) copy.set(clone(key), clone(entry))
        return copy
      }
      if (value instanceof Set) {
        const copy = keep(new Set())
        for (const entry of value) copy.add(clone(entry))
        return copy
      }
      if (value instanceof Error) {
        const copy = keep(new Error(value.message))
        copy.name = value.name
        return copy
      }
      if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
        return refuse('this object')
      const copy = keep((isArray(value) ? new Array((value as unknown[]).length) : {}) as Record<string, unknown>)
      for (const key of Object.keys(value)) copy[key] = clone((value as Record<string, unknown>)[key])
      return copy
    }
    return clone(input) as T
  }

  const globals = {
    URL,
    URLSearchParams,
    TextEncoder,
    TextDecoder,
    structuredClone,
    crypto: { randomUUID: () => ask('uuid', '') },
  }
  for (const [name, value] of Object.entries(globals)) {
    defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  }
}
