// What a rule sees of a capability call: the shape of each capability's redacted request, as `redact` makes it.
import type { Attribute, RecordType } from './cedar-type.ts'

const text: Attribute = { type: 'String', required: true }
const texts: Attribute = { type: 'Set', element: { type: 'String' }, required: true }
const count: Attribute = { type: 'Long', required: true }
const optional = (attribute: Attribute): Attribute => ({ ...attribute, required: false })
const record = (attributes: Readonly<Record<string, Attribute>>): RecordType => ({ type: 'Record', attributes })

/** By capability name. A capability that is not here is refused every call. */
export const callShapes: Readonly<Record<string, RecordType>> = Object.freeze({
  'http.fetch': record({ method: text, origin: text, path: text, query: texts, headers: texts, bodyBytes: count }),
  store: record({
    op: text,
    key: optional(text),
    prefix: optional(text),
    limit: optional(count),
    valueBytes: optional(count),
  }),
  'chat.send': record({ bytes: count }),
})
