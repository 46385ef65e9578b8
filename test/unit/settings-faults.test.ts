// What the configuration refuses: everything at once, each at its place.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readText } from '../../supervisor/io/read-text.ts'
import { loadSettings } from '../../supervisor/settings.ts'
import { faultsOf, folder, JWT, lines, load, ROOT, settingsOf } from '../support/settings.ts'

test('faults of shape, of meaning and of files are all told at once, each at its place', (t) => {
  const config = `security: {isolation: strict, jwt_secret: short, allowed_origins: ["*", "https://a.example/x"]}
server: {host: 127.0.0.1, prot: 8080, port: 99999, tls: {cert_file: cert.pem}}
message_channels:
  dingtalk:
    app_key: k
    app_secret_file: nowhere
    mode: webhook
    api_base: http://dingtalk.example
model: {base_url: ws://127.0.0.1, api_key: a, name: m}
tools: {github: {repo_whitelist: [org]}}
audit: {enabled: false, retention_days: 3651}
encryption: {database: {key_file: no_key, algorithm: AES-128-CBC}}
store: {url: "redis://127.0.0.1"}
sandbox: {walls: bwarp}
plugins: {config: {Bad: {}}}
`
  assert.deepEqual(faultsOf(t, config), [
    '1:43 the JWT secret is shorter than 32 characters',
    '1:68 `security.allowed_origins[0]` must be an origin',
    '1:73 `security.allowed_origins[1]` must be an origin',
    '2:27 unknown key `prot`',
    '2:45 `server.port` is too large',
    '2:57 `server.tls` lacks the key `key_file`',
    '5:5 webhook mode needs `corp_id`',
    '5:5 `isolation: strict` refuses webhook mode without an `ip_allowlist` that keeps somebody out',
    '6:5 nowhere does not exist',
    '8:15 `message_channels.dingtalk.api_base` must be an https:// URL',
    '9:19 `model.base_url` must be an https:// URL',
    '10:17 `tools.github` lacks `api_token` and `api_token_file`',
    '10:35 `tools.github.repo_whitelist[0]` is not a repository',
    '11:18 `isolation: strict` refuses to run without an audit log',
    '11:41 `audit.retention_days` is too large',
    '12:25 no_key does not exist',
    '12:54 `encryption.database.algorithm` must be AES-256-CBC',
    '13:14 a Redis store cannot be honoured yet',
    '14:18 `sandbox.walls` must be auto, bwrap or systemd',
    '15:20 `plugins.config.Bad` is not a plugin’s name',
  ])
})

test('a secret is given once: inline or as a file, and one that is needed is given', (t) => {
  const dingtalk = (keys: string): string => `message_channels:\n  dingtalk: {app_key: k, ${keys}}\n`
  const files = { s: 'S', empty: ' \n', binary: Uint8Array.of(0xff, 0xfe, 0), huge: 'x'.repeat(64 * 1024 + 1) }
  assert.deepEqual(faultsOf(t, dingtalk('app_secret: a, app_secret_file: s'), files), [
    '2:41 `app_secret` and `app_secret_file` are both given',
  ])
  assert.deepEqual(faultsOf(t, dingtalk('corp_id: c'), files), [
    '2:13 `message_channels.dingtalk` lacks `app_secret` and `app_secret_file`',
  ])
  for (const [name, why] of Object.entries({ empty: 'is empty', binary: 'is not UTF-8 text', huge: 'is too large' })) {
    assert.deepEqual(faultsOf(t, dingtalk(`app_secret_file: ${name}`), files), [`2:26 ${name} ${why}`])
  }
})

test('a secret must be a regular file that this user may read', (t) => {
  const config = 'security: {jwt_secret_file: there}\n'
  const at = folder(t, { 'config.yaml': config })
  mkdirSync(join(at, 'there'))
  const why = (read: typeof readText): string[] => {
    const loaded = loadSettings({ file: join(at, 'config.yaml'), root: ROOT, read })
    return 'faults' in loaded ? lines(loaded.faults) : []
  }
  assert.deepEqual(why(readText), [`1:12 ${join(at, 'there')} is not a regular file`])
  const denied: typeof readText = (path, max) => (path.endsWith('there') ? { code: 'EACCES' } : readText(path, max))
  assert.deepEqual(why(denied), [`1:12 ${join(at, 'there')} may not be read by this user`])
})

test('a secret file that others may use is a fault under strict and a warning otherwise', (t) => {
  const config = (isolation: string): string => `security: {isolation: ${isolation}, jwt_secret_file: j}\n`
  const what = 'every user of this machine may use j (mode 644)'
  assert.deepEqual(faultsOf(t, config('strict'), { j: JWT }, 0o644), [`1:31 ${what}`])
  const { loaded, at } = load(t, config('best-effort'), { j: JWT }, 0o644)
  assert.ok('settings' in loaded)
  assert.ok(lines(loaded.warnings).includes(`1:36 ${what.replace('use j', `use ${at}/j`)}`))
})

test('an inline secret in a file that others may read is a warning', (t) => {
  const config = `security: {jwt_secret: ${JWT}}\n`
  const warning = '1:12 every user of this machine may read this secret'
  assert.ok(lines(load(t, config, {}, 0o644).loaded.warnings).includes(warning))
  assert.ok(!lines(load(t, config, {}, 0o600).loaded.warnings).includes(warning))
})

test('webhook mode under strict needs TLS and an address list; best-effort needs only the organisation', (t) => {
  const config = (isolation: string, server: string, list: string): string =>
    `security: {isolation: ${isolation}}\nserver: {${server}}\nmessage_channels:\n  dingtalk:\n` +
    `    {app_key: k, app_secret: s, corp_id: c, mode: webhook, webhook: {ip_allowlist: [${list}]}}\n`
  const proxied = 'trusted_proxies: [10.0.0.1]'
  assert.deepEqual(faultsOf(t, config('strict', '', '203.0.113.1')), [
    '5:51 `isolation: strict` refuses webhook mode without TLS',
  ])
  const noList = '`isolation: strict` refuses webhook mode without an `ip_allowlist` that keeps somebody out'
  assert.deepEqual(faultsOf(t, config('strict', proxied, '')), [`5:84 ${noList}`])
  assert.deepEqual(faultsOf(t, config('strict', proxied, '0.0.0.0/0')), [`5:84 ${noList}`])
  assert.deepEqual(faultsOf(t, config('strict', 'trusted_proxies: ["::/0"]', '203.0.113.1')), [
    '2:27 `trusted_proxies` trusts everybody’s X-Forwarded-For',
  ])
  settingsOf(t, config('strict', proxied, '203.0.113.1'))
  settingsOf(t, config('best-effort', '', ''))
})

test('under best-effort the audit log may be off', (t) => {
  const { settings } = settingsOf(t, 'security: {isolation: best-effort}\naudit: {enabled: false}\n')
  assert.equal(settings.audit.enabled, false)
  assert.deepEqual(faultsOf(t, 'audit: {enabled: false}\n'), [
    '1:18 `isolation: strict` refuses to run without an audit log',
  ])
})

test('values at the edge of what is allowed', (t) => {
  const model = (url: string): string => `model: {base_url: "${url}", api_key: k, name: m}\n`
  const good = [
    'server: {port: 0}',
    'server: {port: 65535}',
    'audit: {retention_days: 1}',
    'audit: {retention_days: 3650}',
    'security: {allowed_origins: ["https://a.example:8443"]}',
    'server: {trusted_proxies: ["fd00::/8"]}',
    'tools: {github: {api_token: t, repo_whitelist: [a-b/c.d_e]}}',
    ...['http://localhost:1/v1', 'http://[::1]:1', 'http://127.9.9.9', 'https://a.example'].map(model),
  ]
  for (const config of good) settingsOf(t, config)
  const bad = [
    'server: {port: -1}',
    'server: {port: 80.5}',
    'server: {port: "80"}',
    'server: {host: "a b"}',
    'server: {trusted_proxies: [10.0.0.0/33]}',
    'server: {trusted_proxies: [proxy.example]}',
    'audit: {retention_days: 0}',
    'audit: {enabled: "no"}',
    'store: {url: molten.db}',
    'store: {url: "sqlite:"}',
    'store: {url: "sqlite::memory:"}',
    'store: {url: "sqlite://molten.db"}',
    'store: {url: "sqlite:var/"}',
    'policies: {directory: "a\\0b"}',
    'security: {isolation: none}',
    'message_channels: {dingtalk: {app_key: k, app_secret: s, webhook: {path: /metrics}}}',
    ...['org', 'org/a/b', '*/*', '/a', 'a/', '-a/b', 'org/**'].map(
      (repo) => `tools: {github: {api_token: t, repo_whitelist: ["${repo}"]}}`,
    ),
    ...[
      'http://a.example',
      'http://127.0.0.1.a.example',
      'https://u:p@a.example',
      'https://a.example/?q',
      'ftp://a.example',
      'wss://a.example',
      'a.example',
    ].map(model),
    'security:',
    '',
  ]
  for (const config of bad) assert.equal(faultsOf(t, `${config}\n`).length, 1, config)
})

test('a socket path that does not fit is a fault', (t) => {
  const deep = `/${'d'.repeat(95)}`
  settingsOf(t, `store: {url: "sqlite:${deep}/m.db"}\n`)
  const [fault] = faultsOf(t, `store: {url: "sqlite:${deep}x/m.db"}\n`)
  assert.equal(fault, `1:14 ${deep}x/admin.sock is too long for a socket (107 bytes)`)
})

test('a configuration that cannot be had is a fault, never the defaults', (t) => {
  const at = folder(t, { 'latin1.yaml': Uint8Array.of(0x61, 0x3a, 0xe9) })
  const why = (name: string): string[] => {
    const loaded = loadSettings({ file: join(at, name), root: ROOT, read: readText })
    return 'faults' in loaded ? lines(loaded.faults) : []
  }
  assert.deepEqual(why('absent.yaml'), ['1:1 the configuration does not exist'])
  assert.deepEqual(why('.'), ['1:1 the configuration is not a regular file'])
  assert.deepEqual(why('latin1.yaml'), ['1:1 the configuration is not UTF-8 text'])
})

test('a faulty isolation does not draw faults that only strict would have', (t) => {
  assert.deepEqual(faultsOf(t, 'security: {isolation: besteffort}\naudit: {enabled: false}\n'), [
    '1:23 `security.isolation` must be strict or best-effort',
  ])
})
