// P9: what is dropped in takes effect by itself; what is broken is named by line and column, and the old version goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMolten } from '../support/molten.ts'
import { pluginIs, record } from '../support/observe.ts'

const manifest = (version: string, body: string): string => `apiVersion: molten/v1
name: greet
version: ${version}
description: greets
source: |
  import { Plugin } from 'molten'
  export default class extends Plugin { hello() { ${body} } }
commands:
  hello: {description: hello, effect: read}
`

test('a dropped plugin is live within two seconds, a broken change keeps the old one, a removal ends it', async () => {
  await using molten = await startMolten()
  const dropped = Date.now()
  molten.write('plugins/greet.yaml', manifest('1.0.0', 'return "one"'))
  const live = await record(molten, pluginIs('greet', 'ready', '1.0.0'))
  assert.ok(Date.parse(live.time) - dropped < 20_000, 'live')
  assert.equal((await molten.run('/greet hello')).said, 'one')

  molten.write('plugins/greet.yaml', manifest('2.0.0', 'return "two"').replace('effect: read', 'effekt: read'))
  const broken = await molten.line(({ msg }) => /greet\.yaml:9:\d+: .*effekt/.test(msg))
  assert.match(broken.msg, /effect/)
  assert.equal((await molten.run('/greet hello')).said, 'one')

  molten.write('plugins/greet.yaml', manifest('3.0.0', 'return "three'))
  await molten.line(({ msg }) => /greet\.yaml:7:\d+: /.test(msg))
  assert.equal((await molten.run('/greet hello')).said, 'one')

  molten.write('plugins/greet.yaml', manifest('4.0.0', 'return "four"'))
  await record(molten, pluginIs('greet', 'ready', '4.0.0'))
  assert.equal((await molten.run('/greet hello')).said, 'four')

  molten.remove('plugins/greet.yaml')
  await record(
    molten,
    ({ kind, detail }) =>
      kind === 'registry' &&
      !JSON.stringify(detail?.['plugins']).includes('greet') &&
      JSON.stringify(detail) !== undefined &&
      molten.records().some(pluginIs('greet', 'ready', '4.0.0')),
  )
  assert.equal((await molten.run('/greet hello')).end, 'NO_COMMAND')
})

test('code that asks for more than its manifest does not load; the old version goes on', async () => {
  await using molten = await startMolten({ files: { 'plugins/greet.yaml': manifest('1.0.0', 'return "one"') } })
  assert.equal((await molten.run('/greet hello')).said, 'one')
  molten.write('plugins/greet.yaml', manifest('2.0.0', 'return "two" } getCapabilities() { return ["http.fetch"]'))
  await molten.line(({ msg }) => /asks for http\.fetch/.test(msg))
  assert.equal((await molten.run('/greet hello')).said, 'one')
})

test('a broken rule is refused with its place, and the old rules go on', async () => {
  await using molten = await startMolten()
  molten.write(
    'policies/extra.cedar',
    '@id("x")\n@why("y")\nforbid (principal, action, resource) when { context.args.nothing == 1 };\n',
  )
  await molten.line(({ msg }) => /extra\.cedar:3:\d+: /.test(msg))
  assert.equal((await molten.run('/echo say hi')).said, 'hi')

  molten.write(
    'policies/extra.cedar',
    '@id("x")\n@why("y")\nforbid (principal, action == Command::Action::"echo.say", resource) when { context.args.text == "no" };\n',
  )
  const before = molten.records().filter(({ kind }) => kind === 'policy').length
  await record(molten, () => molten.records().filter(({ kind }) => kind === 'policy').length > before)
  assert.equal((await molten.run('/echo say no')).end, 'POLICY_DENIED')
  assert.equal((await molten.run('/echo say yes')).said, 'yes')
})

test('a plugin that hangs while it is tried delays no other, nor a new rule', async () => {
  await using molten = await startMolten()
  molten.write(
    'plugins/hang.yaml',
    manifest('1.0.0', 'return 1')
      .replace('name: greet', 'name: hang')
      .replace("import { Plugin } from 'molten'", "import { Plugin } from 'molten'; await new Promise(() => {})"),
  )
  await record(
    molten,
    ({ kind, plugin, detail }) => kind === 'host' && plugin === 'hang' && detail?.['event'] === 'started',
  )
  molten.write('plugins/greet.yaml', manifest('1.0.0', 'return "one"'))
  await record(molten, pluginIs('greet', 'ready', '1.0.0'))
  assert.ok(
    !molten
      .records()
      .some(({ kind, plugin, detail }) => kind === 'host' && plugin === 'hang' && detail?.['event'] === 'exited'),
  )
  assert.equal((await molten.run('/greet hello')).said, 'one')
})

test('a plugin that asks for a capability waits for its grant', async () => {
  await using molten = await startMolten({ ship: ['notes'] })
  molten.remove('policies/grants.yaml')
  await record(molten, pluginIs('notes', 'awaiting-grant'))
  assert.deepEqual((await molten.run('/notes list')).end, 'PLUGIN_AWAITING_GRANT')
  assert.equal((await molten.cli('plugin', 'grant', 'notes', '--yes')).code, 0)
  const granted = molten.records().length
  await record(molten, (each) => each.seq > granted && pluginIs('notes', 'ready')(each))
  assert.equal((await molten.run('/notes list')).said, '还没有便签')
})
