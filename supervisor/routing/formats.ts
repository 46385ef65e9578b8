// The formats that an argument may ask for, each a check in linear time; a format that is not here is a fault, never a check that is skipped.
type Check = (text: string) => boolean

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i
const DURATION = /^P(?!$)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^(?:${BYTE}\\.){3}${BYTE}$`)
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
const MAILBOX = /^[^\s@<>()[\]\\,;:"]{1,64}$/
const URI = /^[a-z][a-z0-9+.-]*:[^\s\\<>"{}|^`]+$/i

/** The names are those of JSON Schema 2020-12; dates and times are RFC 3339's. */
export const FORMATS: Readonly<Record<string, Check>> = Object.freeze({
  date: isDate,
  time: (text) => TIME.test(text),
  'date-time': (text) => isDate(text.slice(0, 10)) && /^[tT ]$/.test(text.charAt(10)) && TIME.test(text.slice(11)),
  duration: (text) => DURATION.test(text),
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => IPV4.test(text),
  ipv6: (text) => /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`),
  uri: (text) => URI.test(text) && URL.canParse(text),
  uuid: (text) => UUID.test(text),
} satisfies Record<string, Check>)

function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = DATE.exec(text) ?? []
  // The last day of the month is the zeroth of the next.
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= daysIn(year, month)
}

function daysIn(year: string, month: string): number {
  const last = new Date(0)
  last.setUTCFullYear(Number(year), Number(month), 0)
  return last.getUTCDate()
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label))
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  return MAILBOX.test(text.slice(0, Math.max(at, 0))) && isHostname(text.slice(at + 1))
}
