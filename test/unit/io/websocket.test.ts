import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { connectWebSocket } from '../../../supervisor/io/websocket.ts'
import { createFeed } from '../../support/dingtalk/feed.ts'
import { startRawWebSocket } from '../../support/raw-websocket.ts'

/** A socket to `url` and what it told. */
function connect(url: string) {
  const events = createFeed<string>('socket event')
  const socket = connectWebSocket(url, {
    open: () => events.append('open'),
    message: (text) => events.append(`message ${text}`),
    alive: () => events.append('alive'),
    close: (reason) => events.append(`close ${reason}`),
  })
  const closed = () => events.take((event) => event.startsWith('close'))
  return { socket, events, closed, opened: () => events.take((event) => event === 'open') }
}

test('texts go both ways, pongs are heard, a goodbye closes', async () => {
  await using server = await startRawWebSocket()
  const { socket, events, closed, opened } = connect(server.url)
  assert.equal(socket.send('too early'), false)
  socket.ping()
  await opened()
  const wire = await server.wires.take()
  assert.equal(socket.send('你好'), true)
  assert.equal(await server.texts.take(), '你好')
  wire.send('再见')
  await events.take((event) => event === 'message 再见')
  socket.ping()
  await server.pings.take()
  wire.pong(Buffer.alloc(0))
  await events.take((event) => event === 'alive')
  socket.close()
  assert.equal(await closed(), 'close closed with 1000')
  assert.equal(socket.send('too late'), false)
  assert.deepEqual(events.all().filter((event) => event.startsWith('close')).length, 1)
})

test('it offers no compression', async () => {
  await using server = await startRawWebSocket()
  const { socket, closed } = connect(server.url)
  assert.equal((await server.handshakes.take()).headers['sec-websocket-extensions'], undefined)
  socket.terminate()
  await closed()
})

test('a cut connection is told once', async () => {
  await using server = await startRawWebSocket()
  const { closed } = connect(server.url)
  const wire = await server.wires.take()
  wire.destroy()
  assert.equal(await closed(), 'close closed with 1006')
})

test('a frame above a megabyte ends the connection', async () => {
  await using server = await startRawWebSocket()
  const { events, closed } = connect(server.url)
  const wire = await server.wires.take()
  wire.send('x'.repeat(1024 * 1024))
  await events.take((event) => event.startsWith('message'))
  wire.send('x'.repeat(1024 * 1024 + 1))
  assert.match(await closed(), /Max payload size exceeded/)
  assert.equal(events.all().filter((event) => event.startsWith('message')).length, 1)
})

test('a refused handshake, a closed port and a redirect are told as closes, without the ticket', async (t) => {
  const server = createServer((_, response) => response.writeHead(401).end())
  server.on('upgrade', (request, socket) => {
    const status = request.url?.startsWith('/moved') ? '302 Found\r\nLocation: ws://127.0.0.1:1/' : '401 Unauthorized'
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const refused = connect(`ws://127.0.0.1:${port}/connect?ticket=t1cket`)
  const moved = connect(`ws://127.0.0.1:${port}/moved?ticket=t1cket`)
  const nobody = connect('ws://127.0.0.1:1/connect?ticket=t1cket')
  assert.match(await refused.closed(), /401/)
  assert.match(await moved.closed(), /302/)
  assert.match(await nobody.closed(), /ECONNREFUSED/)
  for (const { events } of [refused, moved, nobody]) assert.doesNotMatch(events.all().join(), /t1cket|open/)
})

test('terminating while connecting closes', async () => {
  await using server = await startRawWebSocket()
  const { socket, closed, events } = connect(server.url)
  socket.terminate()
  await closed()
  assert.deepEqual(events.all().length, 1)
})

test('nothing but wss goes beyond this machine, and the refusal does not repeat the URL', () => {
  for (const url of [
    'ws://wss.example/connect?ticket=t1cket',
    'https://wss.example/?ticket=t1cket',
    'not a url t1cket',
  ]) {
    assert.throws(
      () => connect(url),
      (error) => error instanceof Error && !inspect(error).includes('t1cket'),
    )
  }
})
