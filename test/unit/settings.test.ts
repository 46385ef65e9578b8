// The configuration: every key of it, every default, and no secret anywhere that prints.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { Secret } from '../../supervisor/secret.ts'
import { loadSettings } from '../../supervisor/settings.ts'
import { JWT, lines, load, ROOT, settingsOf } from '../support/settings.ts'

const EXAMPLE = `security:
  isolation: strict
  jwt_secret_file: jwt_secret
  allowed_origins: ["http://localhost:3000"]
server: {host: 127.0.0.1, port: 8443, tls: {cert_file: cert.pem, key_file: key.pem}, trusted_proxies: [10.0.0.0/8, "::1"]}
message_channels:
  dingtalk:
    app_key: dingxxxx
    app_secret_file: dingtalk_secret
    robot_code: robot1
    corp_id: dingcorpxxxx
    mode: webhook
    webhook: {path: /hooks/dingtalk, ip_allowlist: [203.0.113.0/24]}
    api_base: https://api.dingtalk.com/
    oapi_base: http://127.0.0.1:9000
    cards: {template_id: card1, content_key: body}
model: {base_url: https://models.example/v1, api_key_file: api_key, name: qwen-plus}
tools:
  github: {api_token_file: token, repo_whitelist: ["org/repo", "org/*"]}
audit: {enabled: true, log_path: /var/log/molten/audit.log, retention_days: 30}
encryption: {database: {key_file: db_key, algorithm: AES-256-CBC}}
store: {url: "sqlite:/var/lib/molten/molten.db"}
sandbox: {walls: bwrap}
secrets_dir: secrets
plugins: {directories: [plugins.d], config: {weather: {units: metric}}}
policies: {directory: policies}
`
const SECRETS = {
  jwt_secret: `${JWT}\n`,
  dingtalk_secret: 'SECRET-dingtalk\r\n',
  api_key: 'SECRET-model',
  token: 'SECRET-github\n',
  'cert.pem': 'CERTIFICATE\n',
  'key.pem': 'SECRET-tls\n',
  db_key: 'SECRET-database\n',
}

test('the whole example loads, with its secrets read and its paths absolute', (t) => {
  const { settings, at } = settingsOf(t, EXAMPLE, SECRETS)
  const reveal = (secret: unknown): string => {
    assert.ok(secret instanceof Secret)
    return secret.reveal()
  }
  assert.equal(reveal(settings.security.jwtSecret), JWT)
  assert.equal(reveal(settings.messageChannels.dingtalk?.appSecret), 'SECRET-dingtalk')
  assert.equal(reveal(settings.model?.apiKey), 'SECRET-model')
  assert.equal(reveal(settings.tools.github?.apiToken), 'SECRET-github')
  assert.equal(reveal(settings.server.tls?.key), 'SECRET-tls')
  assert.equal(reveal(settings.encryption.database.key), 'SECRET-database')
  assert.deepEqual(JSON.parse(JSON.stringify(settings)), {
    configFile: join(at, 'config.yaml'),
    stateDirectory: '/var/lib/molten',
    adminSocket: '/run/molten/admin.sock',
    store: { file: '/var/lib/molten/molten.db' },
    audit: { enabled: true, logPath: '/var/log/molten/audit.log', retentionDays: 30 },
    encryption: {
      database: {
        keyFileConfigured: true,
        keyFile: join(at, 'db_key'),
        key: '[secret]',
        algorithm: 'AES-256-CBC',
      },
    },
    security: { isolation: 'strict', jwtSecret: '[secret]', allowedOrigins: ['http://localhost:3000'] },
    server: {
      host: '127.0.0.1',
      port: 8443,
      tls: { cert: 'CERTIFICATE', key: '[secret]' },
      trustedProxies: ['10.0.0.0/8', '::1'],
    },
    messageChannels: {
      dingtalk: {
        appKey: 'dingxxxx',
        appSecret: '[secret]',
        robotCode: 'robot1',
        corpId: 'dingcorpxxxx',
        mode: 'webhook',
        webhook: { path: '/hooks/dingtalk', ipAllowlist: ['203.0.113.0/24'] },
        apiBase: 'https://api.dingtalk.com',
        oapiBase: 'http://127.0.0.1:9000',
        cards: { templateId: 'card1', contentKey: 'body' },
      },
    },
    model: { baseUrl: 'https://models.example/v1', apiKey: '[secret]', name: 'qwen-plus' },
    tools: { github: { apiToken: '[secret]', repoWhitelist: ['org/repo', 'org/*'] } },
    sandbox: { walls: 'bwrap' },
    secretsDirectory: join(at, 'secrets'),
    plugins: { directories: [join(at, 'plugins.d')], config: { weather: { units: 'metric' } } },
    policies: { directory: join(at, 'policies') },
  })
})

test('without a file: the embedded defaults under the root', () => {
  const loaded = loadSettings({ root: ROOT, read: () => assert.fail('nothing is to be read') })
  assert.ok('settings' in loaded)
  assert.deepEqual(loaded.warnings, [])
  const { settings } = loaded
  assert.equal(settings.configFile, null)
  assert.equal(settings.security.isolation, 'best-effort')
  assert.equal(settings.stateDirectory, '/opt/molten/var')
  assert.equal(settings.store.file, '/opt/molten/var/molten.db')
  assert.equal(settings.adminSocket, '/opt/molten/var/admin.sock')
  assert.equal(settings.audit.logPath, '/opt/molten/var/audit.log')
  assert.equal(settings.encryption.database.keyFile, '/opt/molten/var/db_key')
  assert.equal(settings.encryption.database.keyFileConfigured, false)
  assert.deepEqual(settings.plugins.directories, ['/opt/molten/plugins'])
  assert.equal(settings.policies.directory, '/opt/molten/policies')
  assert.deepEqual(settings.server, { host: '127.0.0.1', port: 8080, tls: null, trustedProxies: [] })
  assert.deepEqual([settings.messageChannels.dingtalk, settings.model, settings.tools.github], [null, null, null])
})

test('a file that says little: strict, its state beside it, the shipped plugins and policies', (t) => {
  const { settings, at } = settingsOf(t, 'message_channels: {dingtalk: {app_key: k, app_secret: s}}\n')
  assert.equal(settings.security.isolation, 'strict')
  assert.equal(settings.store.file, join(at, 'var/molten.db'))
  assert.equal(settings.stateDirectory, join(at, 'var'))
  assert.equal(settings.audit.logPath, join(at, 'var/audit.log'))
  assert.deepEqual(settings.audit, { enabled: true, logPath: join(at, 'var/audit.log'), retentionDays: 90 })
  assert.deepEqual(settings.plugins.directories, ['/opt/molten/plugins'])
  assert.equal(settings.policies.directory, '/opt/molten/policies')
  const { appSecret, ...dingtalk } = settings.messageChannels.dingtalk ?? {}
  assert.equal(appSecret?.reveal(), 's')
  assert.deepEqual(dingtalk, {
    appKey: 'k',
    robotCode: 'k',
    corpId: null,
    mode: 'stream',
    webhook: { path: '/dingtalk/callback', ipAllowlist: [] },
    apiBase: 'https://api.dingtalk.com',
    oapiBase: 'https://oapi.dingtalk.com',
    cards: { templateId: '', contentKey: 'content' },
  })
})

test('each key that nothing uses yet is named in a warning, at the key', (t) => {
  const { loaded } = load(t, EXAMPLE, SECRETS)
  const belongs = (key: string, to: string): string => `\`${key}\` has no effect yet: it belongs to ${to}, to be built`
  assert.deepEqual(lines(loaded.warnings), [
    `3:3 ${belongs('security.jwt_secret_file', 'sessions')}`,
    `4:3 ${belongs('security.allowed_origins', 'the browser interface')}`,
    `16:13 ${belongs('message_channels.dingtalk.cards.template_id', 'interactive cards')}`,
    `17:1 ${belongs('model', 'the language model')}`,
    `19:3 ${belongs('tools.github', 'the GitHub capability')}`,
    `20:61 ${belongs('audit.retention_days', 'the removal of old audit logs')}`,
    `23:11 ${belongs('sandbox.walls', 'the choice of walls')}`,
  ])
  const inline = load(t, `security: {jwt_secret: ${JWT}}\n`).loaded
  assert.deepEqual(lines(inline.warnings), [`1:12 ${belongs('security.jwt_secret', 'sessions')}`])
  const unset =
    'message_channels: {dingtalk: {app_key: k, app_secret: s, cards: {template_id: ""}}}\nsandbox: {walls: auto}\n'
  assert.deepEqual(load(t, unset).loaded.warnings, [])
})

test('no secret is printed, whatever prints the settings or the faults', (t) => {
  const inline = `security: {jwt_secret: SECRET-${JWT}}\nmessage_channels: {dingtalk: {app_key: k, app_secret: SECRET-app}}\n`
  for (const settings of [settingsOf(t, EXAMPLE, SECRETS).settings, settingsOf(t, inline).settings]) {
    const shown = [
      inspect(settings, { depth: null, showHidden: true, getters: true }),
      inspect(settings, { depth: null, showHidden: true, customInspect: false }),
      JSON.stringify(settings),
      format('%o %O %j', settings, settings, settings),
      String(settings.security.jwtSecret),
      String(settings.messageChannels.dingtalk?.appSecret),
      inspect(structuredClone(settings.security.jwtSecret)),
    ]
    for (const text of shown) assert.doesNotMatch(text, /SECRET-|jjjj/)
    assert.equal(String(settings.security.jwtSecret), '[secret]')
  }
  const faulty = load(t, `${inline}colour: red\nserver: {port: SECRET-port}\n`)
  assert.doesNotMatch(inspect(faulty.loaded, { depth: null }), /SECRET-/)
})

test('settings are frozen to the bottom', (t) => {
  const { settings } = settingsOf(t, EXAMPLE, SECRETS)
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    assert.ok(Object.isFrozen(value), inspect(value))
    Object.values(value).forEach(walk)
  }
  walk(settings)
  assert.throws(() => Object.assign(settings.security, { isolation: 'best-effort' }), TypeError)
})
