// The supervisor trusts no byte from a host: what the protocol cannot produce kills the process and is told apart from a refusal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { startHost, type Child, type HostEvent } from '../../supervisor/host.ts'
import { encode, type ToSupervisor } from '../../sandbox/protocol.ts'
import { LIMITS } from '../../sandbox/limits.ts'
import { pluginOf } from '../support/plugin.ts'

/** A host process played by the test. */
function played() {
  const events: HostEvent[] = []
  let read: (chunk: Buffer) => void = () => {}
  const { promise: exited, resolve } = Promise.withResolvers<string>()
  let killed = false
  const child: Child = {
    pid: 1,
    write: () => {},
    onOutput: (reader) => (read = reader),
    onErrorText: () => {},
    exited,
    kill() {
      killed = true
      resolve('signal SIGKILL')
    },
  }
  const host = startHost(
    pluginOf('played', ''),
    () => child,
    Date.now,
    (event) => events.push(event),
  )
  const bytes = (chunk: Buffer): void => read(chunk)
  const frame = (each: ToSupervisor): void => bytes(encode(each))
  const run = (call = async () => ({ value: '{}' })) =>
    host.run('r', {
      command: {
        plugin: 'played',
        name: 'go',
        args: {},
        turn: 't',
        person: 'p',
        conversation: { id: 'c', kind: 'single' },
        language: 'en',
      },
      call,
      log: () => {},
    })
  frame({ type: 'ready', capabilities: '{}' })
  return {
    host,
    events,
    bytes,
    frame,
    run,
    isKilled: () => killed,
    broken: () => events.some(({ kind }) => kind === 'broken'),
  }
}

const call = (number: number, run = 'r'): ToSupervisor => ({
  type: 'call',
  run,
  call: number,
  capability: 'store',
  request: '{}',
})

const BREAKS: Record<string, (host: ReturnType<typeof played>) => void> = {
  'a call for a run that never was': ({ frame }) => frame(call(1, 'other')),
  'a call after its run has ended': ({ frame }) => (
    frame({ type: 'done', run: 'r', reply: '{}', cpu: 0 }),
    frame(call(1))
  ),
  'a second end of one run': ({ frame }) => (
    frame({ type: 'done', run: 'r', reply: '{}', cpu: 0 }),
    frame({ type: 'done', run: 'r', reply: '{}', cpu: 0 })
  ),
  'a call number used twice': ({ frame }) => (frame(call(1)), frame(call(1))),
  'a call number that skips': ({ frame }) => frame(call(2)),
  'more calls than can be in flight': ({ frame }) =>
    Array.from({ length: LIMITS.callsInFlight + 1 }, (_, n) => frame(call(n + 1))),
  'a reply over its limit': ({ frame }) => frame({ type: 'done', run: 'r', reply: 'x'.repeat(1 << 20), cpu: 0 }),
  'an unknown type': ({ bytes }) => bytes(raw('{"type":"shell","run":"r"}')),
  'an unknown key': ({ bytes }) => bytes(raw('{"type":"done","run":"r","reply":"{}","cpu":0,"uid":0}')),
  'no JSON': ({ bytes }) => bytes(raw('hello')),
  'a frame over the limit': ({ bytes }) => bytes(Buffer.from([0xff, 0xff, 0xff, 0xff])),
  'a line of text': ({ bytes }) => bytes(Buffer.from('printed by mistake\n')),
}

function raw(text: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(Buffer.byteLength(text))
  return Buffer.concat([length, Buffer.from(text)])
}

for (const [name, breaks] of Object.entries(BREAKS)) {
  test(`${name} kills the host`, async () => {
    const host = played()
    // Calls that never settle, so that they stay in flight.
    const ended = host.run(() => new Promise(() => {}))
    breaks(host)
    const result = await ended
    assert.ok(host.isKilled())
    assert.ok(host.broken())
    if (!result.ok) assert.equal(result.code, 'HOST_BROKEN')
  })
}

test('what the protocol allows does not: calls in order, logs, an end, another run', async () => {
  const host = played()
  const ended = host.run()
  host.frame(call(1))
  host.frame(call(2))
  host.frame({ type: 'log', run: 'r', level: 'info', text: 'hi' })
  host.frame({ type: 'done', run: 'r', reply: '{"text":"x"}', cpu: 1 })
  assert.deepEqual(await ended, { ok: true, reply: '{"text":"x"}', cpu: 1 })
  assert.ok(!host.isKilled())
})

test('a host that says it dies and does not is killed', async () => {
  const host = played()
  host.frame({ type: 'dying', code: 'CPU_EXCEEDED' })
  const alive = setInterval(() => {}, 1_000)
  await host.host.exited
  clearInterval(alive)
  assert.ok(host.isKilled())
})

test('a second run under an id that runs is refused, and the first goes on', async () => {
  const host = played()
  const first = host.run()
  const second = await host.run()
  assert.equal(second.ok ? 'ok' : second.code, 'INTERNAL')
  host.frame({ type: 'done', run: 'r', reply: '{}', cpu: 0 })
  assert.ok((await first).ok)
})

test('no bytes make the supervisor throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
      const host = played()
      void host.run()
      for (const chunk of chunks) host.bytes(Buffer.from(chunk))
      host.host.kill()
    }),
    { numRuns: 300 },
  )
})
