// Keys that are read and checked although nothing uses them yet: whoever sets one is told, so that nobody relies on it.
import type { Configuration } from './schema.ts'
import type { Reader } from './reader.ts'

type Key = { path: readonly string[]; what: string; unless?: (raw: Configuration) => boolean }

const KEYS: readonly Key[] = [
  { path: ['security', 'jwt_secret'], what: 'sessions' },
  { path: ['security', 'jwt_secret_file'], what: 'sessions' },
  { path: ['security', 'allowed_origins'], what: 'the browser interface' },
  {
    path: ['message_channels', 'dingtalk', 'cards', 'template_id'],
    what: 'interactive cards',
    unless: (raw) => !raw.message_channels.dingtalk?.cards.template_id,
  },
  { path: ['model'], what: 'the language model' },
  { path: ['tools', 'github'], what: 'the GitHub capability' },
  { path: ['audit', 'retention_days'], what: 'the removal of old audit logs' },
  { path: ['sandbox', 'walls'], what: 'the choice of walls', unless: (raw) => raw.sandbox.walls === 'auto' },
]

/** One warning for each of them that the file sets, at its key. */
export function warnUnbuilt(reader: Reader, raw: Configuration): void {
  for (const { path, what, unless } of KEYS) {
    if (!reader.source.has(path) || unless?.(raw)) continue
    const cure = 'Remove it, or do not rely on it'
    reader.warn(path, `\`${path.join('.')}\` has no effect yet: it belongs to ${what}, to be built`, cure, 'key')
  }
}
