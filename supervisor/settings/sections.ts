// What each section of the configuration means, with its secrets read. A section that is not whole is null, and a fault says why.
import type { Secret } from '../secret.ts'
import type { Configuration } from './schema.ts'
import type { Reader } from './reader.ts'
import { readNamedFile, readSecretFile, readTwin } from './secrets.ts'

// 256 bits, if each character carries 8.
const MIN_JWT_SECRET = 32

type DingTalk = NonNullable<Configuration['message_channels']['dingtalk']>
type Model = NonNullable<Configuration['model']>
type GitHub = NonNullable<Configuration['tools']['github']>

export function readSecurity(reader: Reader, raw: Configuration['security']) {
  const twin = { inline: raw.jwt_secret, file: raw.jwt_secret_file, required: false }
  const jwtSecret: Secret | null = readTwin(reader, ['security'], 'jwt_secret', twin)
  if (jwtSecret && jwtSecret.reveal().length < MIN_JWT_SECRET) {
    const key = raw.jwt_secret === undefined ? 'jwt_secret_file' : 'jwt_secret'
    const what = `the JWT secret is shorter than ${MIN_JWT_SECRET} characters`
    reader.fault(['security', key], what, 'Make one with: openssl rand -hex 32')
  }
  return { jwtSecret, allowedOrigins: raw.allowed_origins }
}

export function readServer(reader: Reader, raw: Configuration['server']) {
  return { host: raw.host, port: raw.port, tls: readTls(reader, raw.tls), trustedProxies: raw.trusted_proxies }
}

function readTls(reader: Reader, raw: Configuration['server']['tls']) {
  if (!raw) return null
  const cert = readNamedFile(reader, ['server', 'tls', 'cert_file'], raw.cert_file)
  const key = readSecretFile(reader, ['server', 'tls', 'key_file'], raw.key_file)
  return cert && key ? { cert: cert.text, key } : null
}

export function readDingTalk(reader: Reader, raw: DingTalk | undefined, server: Configuration['server']) {
  if (!raw) return null
  const at = ['message_channels', 'dingtalk']
  const twin = { inline: raw.app_secret, file: raw.app_secret_file, required: true }
  const appSecret = readTwin(reader, at, 'app_secret', twin)
  if (raw.mode === 'webhook') checkWebhook(reader, raw, server)
  if (!appSecret) return null
  return {
    appKey: raw.app_key,
    appSecret,
    robotCode: raw.robot_code ?? raw.app_key,
    corpId: raw.corp_id ?? null,
    mode: raw.mode,
    webhook: { path: raw.webhook.path, ipAllowlist: raw.webhook.ip_allowlist },
    apiBase: raw.api_base,
    oapiBase: raw.oapi_base,
    cards: { templateId: raw.cards.template_id, contentKey: raw.cards.content_key },
  }
}

/** In webhook mode nothing of the body is signed, the sender's id included, so the connection itself must be trusted. */
function checkWebhook(reader: Reader, raw: DingTalk, server: Configuration['server']): void {
  const at = ['message_channels', 'dingtalk']
  const list = [...at, 'webhook', 'ip_allowlist']
  if (!reader.source.has([...at, 'corp_id'])) {
    reader.fault(at, 'webhook mode needs `corp_id`', 'Add your organisation’s CorpId, or use `mode: stream`')
  }
  if (!reader.strict) return
  if (!reader.source.has(['server', 'tls']) && server.trusted_proxies.length === 0) {
    const cure = 'Add `server.tls`, or name the proxy that ends TLS in `server.trusted_proxies`, or use `mode: stream`'
    reader.fault([...at, 'mode'], '`isolation: strict` refuses webhook mode without TLS', cure)
  }
  const everybody = (network: string): boolean => network.endsWith('/0')
  if (raw.webhook.ip_allowlist.length === 0 || raw.webhook.ip_allowlist.some(everybody)) {
    const what = '`isolation: strict` refuses webhook mode without an `ip_allowlist` that keeps somebody out'
    reader.fault(list, what, 'List DingTalk’s addresses in `webhook.ip_allowlist`, or use `mode: stream`')
  }
  if (server.trusted_proxies.some(everybody)) {
    const what = '`trusted_proxies` trusts everybody’s X-Forwarded-For'
    reader.fault(['server', 'trusted_proxies'], what, 'Name the proxy’s own address')
  }
}

export function readModel(reader: Reader, raw: Model | undefined) {
  if (!raw) return null
  const twin = { inline: raw.api_key, file: raw.api_key_file, required: true }
  const apiKey = readTwin(reader, ['model'], 'api_key', twin)
  return apiKey && { baseUrl: raw.base_url, apiKey, name: raw.name }
}

export function readGitHub(reader: Reader, raw: GitHub | undefined) {
  if (!raw) return null
  const twin = { inline: raw.api_token, file: raw.api_token_file, required: true }
  const apiToken = readTwin(reader, ['tools', 'github'], 'api_token', twin)
  return apiToken && { apiToken, repoWhitelist: raw.repo_whitelist }
}
