// Owns the tests of how a connection to the test server ends: told to go, killed, or dead without a word.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { connectPlainly, requestTicket } from '../support/dingtalk/plain-client.ts'
import { shakeHands } from '../support/dingtalk/raw-handshake.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dinglinks', clientSecret: 'links-secret' }
const ticketSchema = z.object({ ticket: z.string() })

async function start(t: TestContext) {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app], clock })
  t.after(() => server.close())
  return { server, clock }
}

test('after disconnect nothing is pushed, late acks still count, and TCP goes after 10 s', async (t) => {
  const { server, clock } = await start(t)
  using client = await connectPlainly(server, app)
  const connection = await server.stream.connections.take()
  const delivery = server.say({ text: '先来的' })
  const frame = await client.frames.take()
  connection.disconnect('connection is expired')
  const farewell = await client.frames.take()
  assert.deepEqual([farewell.headers.topic, farewell.data], ['disconnect', '{"reason":"connection is expired"}'])
  assert.equal(server.say({ text: '后来的' }).state(), 'undeliverable')
  client.ack(frame)
  assert.equal(await delivery.settled, 'acked')

  clock.advance(9999)
  assert.equal(clock.pending(), 1)
  assert.equal(connection.state(), 'draining')
  clock.advance(1)
  assert.equal(await client.closed, 1006)
  await connection.closed
  assert.equal(server.stream.open().length, 0)
})

test('a killed connection closes as 1006 and its message goes to the next one', async (t) => {
  const { server, clock } = await start(t)
  using client = await connectPlainly(server, app)
  const connection = await server.stream.connections.take()
  server.say({ text: '你好' })
  await client.frames.take()
  connection.kill()
  assert.equal(await client.closed, 1006)
  await connection.closed
  using next = await connectPlainly(server, app)
  clock.advance(60_000)
  assert.equal((await next.frames.take()).headers.topic, '/v1.0/im/bot/messages/get')
})

test('a half-open link answers no ping and loses frames both ways, while the server goes on choosing it', async (t) => {
  const { server } = await start(t)
  const { ticket } = ticketSchema.parse(await (await requestTicket(server, app)).json())
  const { socket } = await shakeHands(`${server.url}/connect`, ticket)
  let received = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += String(chunk)
  })
  // A masked ping with an empty payload.
  const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0])
  const pong = '\u008a\0'
  socket.write(ping)
  await once(socket, 'data')
  assert.equal(received, pong)

  const connection = await server.stream.connections.take()
  connection.goHalfOpen()
  socket.write(ping)
  assert.equal(await connection.swallowed.take(), 'ping')
  assert.equal(server.say({ text: '你好' }).attempts().length, 1)
  assert.equal((await server.stream.frames.take()).reached, false)
  assert.equal(connection.state(), 'live')
  const ended = once(socket, 'close')
  connection.kill()
  await ended
  assert.equal(received, pong)
})
