// The shape of the configuration file: every key, its type, its range and its default. It reads nothing and knows no folder.
import { isIP } from 'node:net'
import { z } from 'zod'
import { Secret } from '../secret.ts'

// As in DNS (RFC 1035), loosely: what cannot be a name at all is a slip.
const HOST = /^[A-Za-z0-9:._-]{1,255}$/
// GitHub's own limits: 39 characters for an owner, 100 for a repository.
const REPO = /^[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}\/(?:\*|[A-Za-z0-9._-]{1,100})$/
const WEBHOOK_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/
// Where Molten itself answers.
const OWN_PATHS: readonly string[] = ['/healthz', '/readyz', '/metrics']
const PLUGIN_NAME = /^[a-z][a-z0-9-]{1,39}$/

const text = z.string().min(1)
const path = text.refine((value) => !value.includes('\0'), 'is not a path — Remove the NUL character')
const secret = text.transform((value) => new Secret(value))

const network = text.refine(isNetwork, 'must be an IP address or a range — Write 192.0.2.7 or 192.0.2.0/24')
const origin = text.refine(
  isOrigin,
  'must be an origin — Write scheme, host and port only, as https://example.com:8443',
)
const base = text
  .refine(
    isBase,
    'must be an https:// URL — Write https://host/path without user, query or #; http:// is for loopback only',
  )
  .transform((value) => value.replace(/\/+$/, ''))

const security = z.strictObject({
  isolation: z.enum(['strict', 'best-effort']).optional(),
  jwt_secret: secret.optional(),
  jwt_secret_file: path.optional(),
  allowed_origins: z.array(origin).default([]),
})

const server = z.strictObject({
  host: text.regex(HOST, 'is not a host — Write an address to listen on, as 127.0.0.1').default('127.0.0.1'),
  /** 0: any free one. */
  port: z.int().min(0).max(65_535).default(8080),
  tls: z.strictObject({ cert_file: path, key_file: path }).optional(),
  trusted_proxies: z.array(network).default([]),
})

const webhookPath = text
  .regex(WEBHOOK_PATH, 'is not a path — Write it as /dingtalk/callback')
  .refine((value) => !OWN_PATHS.includes(value), 'is taken by Molten itself — Choose another path')

const dingtalk = z.strictObject({
  app_key: text,
  app_secret: secret.optional(),
  app_secret_file: path.optional(),
  robot_code: text.optional(),
  corp_id: text.optional(),
  mode: z.enum(['stream', 'webhook']).default('stream'),
  webhook: z
    .strictObject({ path: webhookPath.default('/dingtalk/callback'), ip_allowlist: z.array(network).default([]) })
    .prefault({}),
  api_base: base.default('https://api.dingtalk.com'),
  oapi_base: base.default('https://oapi.dingtalk.com'),
  cards: z.strictObject({ template_id: z.string().default(''), content_key: text.default('content') }).prefault({}),
})

const model = z.strictObject({ base_url: base, api_key: secret.optional(), api_key_file: path.optional(), name: text })

const github = z.strictObject({
  api_token: secret.optional(),
  api_token_file: path.optional(),
  repo_whitelist: z.array(text.regex(REPO, 'is not a repository — Write owner/repo or owner/*')).default([]),
})

const audit = z.strictObject({
  enabled: z.boolean().default(true),
  log_path: path.optional(),
  retention_days: z.int().min(1).max(3650).default(90),
})

const database = z.strictObject({
  key_file: path.optional(),
  algorithm: z.enum(['AES-256-CBC']).default('AES-256-CBC'),
})

const plugins = z.strictObject({
  directories: z.array(path).optional(),
  config: z
    .record(
      text.regex(PLUGIN_NAME, 'is not a plugin’s name — Use a small letter, then small letters, digits and -'),
      z.record(z.string(), z.json()),
    )
    .default({}),
})

export const configurationSchema = z.strictObject({
  security: security.prefault({}),
  server: server.prefault({}),
  message_channels: z.strictObject({ dingtalk: dingtalk.optional() }).prefault({}),
  model: model.optional(),
  tools: z.strictObject({ github: github.optional() }).prefault({}),
  audit: audit.prefault({}),
  encryption: z.strictObject({ database: database.prefault({}) }).prefault({}),
  store: z.strictObject({ url: text.default('sqlite:var/molten.db') }).prefault({}),
  sandbox: z.strictObject({ walls: z.enum(['auto', 'bwrap', 'systemd']).default('auto') }).prefault({}),
  secrets_dir: path.optional(),
  plugins: plugins.prefault({}),
  policies: z.strictObject({ directory: path.optional() }).prefault({}),
})
/** What the file says, with the defaults that depend on nothing else. */
export type Configuration = z.infer<typeof configurationSchema>

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...more] = value.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

function isOrigin(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value
}

function isBase(value: string): boolean {
  const url = URL.parse(value)
  if (!url || url.username || url.password || /[?#]/.test(value)) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

// As URL writes hosts: IPv4 in full, IPv6 in brackets.
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
}
