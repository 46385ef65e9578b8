// Owns the tests of how the test server lets connections in: tickets, refusals, handshakes that fail.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import type { DingTalkServer } from '../support/dingtalk/dingtalk-server.ts'
import { createFakeClock } from '../support/dingtalk/fake-clock.ts'
import { faultKinds, slow } from '../support/dingtalk/fault-kinds.ts'
import { requestTicket } from '../support/dingtalk/plain-client.ts'
import { shakeHands } from '../support/dingtalk/raw-handshake.ts'
import { startDingTalk } from '../support/dingtalk/start-dingtalk.ts'

const app = { clientId: 'dinggateway', clientSecret: 'gateway-secret' }
const other = { clientId: 'dingother', clientSecret: 'other-secret' }
const ticketSchema = z.object({ endpoint: z.string(), ticket: z.string() })
const errorSchema = z.object({ code: z.string(), requestid: z.string(), message: z.string() })

async function start(t: TestContext) {
  const clock = createFakeClock()
  const server = await startDingTalk({ apps: [app, other], clock })
  t.after(() => server.close())
  return { server, clock }
}

async function ticketOf(server: DingTalkServer) {
  const answer = await requestTicket(server, app)
  assert.equal(answer.status, 200)
  return ticketSchema.parse(await answer.json())
}

const shake = (server: DingTalkServer, ticket: string) => shakeHands(`${server.url}/connect`, ticket)

test('a ticket lets one connection in, within 90 s', async (t) => {
  const { server, clock } = await start(t)
  const { endpoint, ticket } = await ticketOf(server)
  assert.equal(endpoint, server.endpoint)
  assert.match(ticket, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal((await shake(server, ticket)).status, 101)
  assert.equal((await shake(server, ticket)).status, 401)
  assert.equal((await shake(server, 'unknown')).status, 401)

  const fresh = await ticketOf(server)
  clock.advance(89_999)
  assert.equal((await shake(server, fresh.ticket)).status, 101)
  const stale = await ticketOf(server)
  clock.advance(90_000)
  assert.equal((await shake(server, stale.ticket)).status, 401)

  assert.equal(server.stream.refusals.all().length, 3)
  assert.equal(server.stream.connections.all().length, 2)
  assert.equal(server.stream.open(app.clientId).length, 2)
  assert.equal(server.stream.open(other.clientId).length, 0)
})

test('connections/open refuses a wrong secret with 401, an unpublished app and a bad body with 400', async (t) => {
  const { server } = await start(t)
  const wrong = await requestTicket(server, { ...app, clientSecret: 'guess' })
  assert.equal(wrong.status, 401)
  const refusal = errorSchema.parse(await wrong.json())
  assert.deepEqual([refusal.code, refusal.message], ['authFailed', '鉴权失败'])

  server.setPublished(app.clientId, false)
  assert.equal((await requestTicket(server, app)).status, 400)
  server.setPublished(app.clientId, true)
  assert.equal((await requestTicket(server, app)).status, 200)

  const noJson = await fetch(`${server.url}/v1.0/gateway/connections/open`, { method: 'POST', body: 'clientId=x' })
  assert.equal(noJson.status, 400)
  assert.deepEqual(
    server.opens.all().map((open) => open.status),
    [401, 400, 200, 400],
  )
})

test('connections/open answers XML to whoever does not ask for JSON', async (t) => {
  const { server } = await start(t)
  const answer = await fetch(`${server.url}/v1.0/gateway/connections/open`, {
    method: 'POST',
    body: JSON.stringify({ ...app, subscriptions: [] }),
  })
  assert.match(answer.headers.get('content-type') ?? '', /xml/)
  assert.match(await answer.text(), /<endpoint>ws:/)
})

test('the handshake can be refused, delayed and reset', async (t) => {
  const { server, clock } = await start(t)
  server.faults.set('/connect', faultKinds.gatewayTimeout, 1)
  server.faults.set('/connect', faultKinds.reset, 1)
  server.faults.set('/connect', slow(5000), 1)
  const { ticket } = await ticketOf(server)
  assert.equal((await shake(server, ticket)).status, 504)
  await assert.rejects(shake(server, ticket))
  const late = shake(server, ticket)
  await clock.asleep()
  clock.advance(5000)
  assert.equal((await late).status, 101)
})
