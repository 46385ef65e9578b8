// Owns the wiring of the test server's parts on one loopback port; must never hold behaviour of its own.

import { createApps } from './apps.ts'
import { createCallbackDriver } from './callback-driver.ts'
import { createRealClock } from './clock.ts'
import { composeEvent, type EventInput } from './compose-event.ts'
import { composeMessage, robotTopic, type ComposedMessage, type MessageInput } from './compose-message.ts'
import type { DingTalkOptions, DingTalkServer } from './dingtalk-server.ts'
import { createFaults } from './faults.ts'
import { createFeed } from './feed.ts'
import { gatewayRoute, type GatewayOpen } from './gateway-route.ts'
import { listen, type Exchange } from './http-listener.ts'
import { createPushQueue } from './push-queue.ts'
import { robotPolicy } from './redelivery.ts'
import { createCallerCheck } from './robot-caller.ts'
import { robotFollowUpRoutes } from './robot-follow-up-routes.ts'
import { createRobotOutbox } from './robot-outbox.ts'
import { robotSendRoutes } from './robot-send-routes.ts'
import { scopeClock } from './scoped-clock.ts'
import { createSessions } from './sessions.ts'
import { createStream } from './stream.ts'
import { createTickets } from './tickets.ts'
import { tokenRoutes } from './token-routes.ts'
import { createTokens } from './tokens.ts'
import { webhookRoute, type Reply } from './webhook-route.ts'

/** Starts a DingTalk for one test on a free port of 127.0.0.1. Close it, or hold it with `await using`. */
export async function startDingTalk(options: DingTalkOptions): Promise<DingTalkServer> {
  const clock = scopeClock(options.clock ?? createRealClock())
  const apps = createApps(options.apps)
  const policy = robotPolicy(options.robotRedelivery ?? 'newMessageId', options.robotRedeliverMs ?? 60_000)

  const exchanges = createFeed<Exchange>('HTTP request')
  const opens = createFeed<GatewayOpen>('connections/open')
  const replies = createFeed<Reply>('reply')

  const tickets = createTickets(clock)
  const sessions = createSessions(clock)
  const tokens = createTokens(clock)
  const faults = createFaults(clock)
  const outbox = createRobotOutbox(clock)
  const stream = createStream({ tickets, clock, refusalStatus: options.ticketRefusalStatus ?? 401 })
  const check = createCallerCheck(apps, tokens)
  const { random = Math.random, strictAcks = false } = options
  const push = createPushQueue({ clock, open: stream.open, random, strictAcks })

  const routes = [
    gatewayRoute({ apps, tickets, opens, endpoint: () => endpoint }),
    ...tokenRoutes(apps, tokens),
    webhookRoute({ sessions, clock, replies }),
    ...robotSendRoutes(check, outbox),
    ...robotFollowUpRoutes({ check, outbox, clock }),
  ]
  const listener = await listen({ routes, faults, exchanges, upgrade: stream.upgrade })
  const url = `http://127.0.0.1:${listener.port}`
  const endpoint = `ws://127.0.0.1:${listener.port}/connect`

  const appOf = (clientId: string | undefined) => (clientId === undefined ? apps.first() : apps.get(clientId))

  function compose(input: MessageInput): ComposedMessage {
    const message = composeMessage(input, { app: appOf(input.clientId), sessions, clock, url })
    if (input.group !== undefined) outbox.joinGroup(message.clientId, message.conversationId)
    return message
  }

  function deliver({ clientId, data }: ComposedMessage) {
    return push({ clientId, type: 'CALLBACK', topic: robotTopic, data: JSON.stringify(data), policy })
  }

  async function close(): Promise<void> {
    clock.cancelAll()
    await listener.close()
  }

  return {
    url,
    endpoint,
    exchanges,
    opens,
    stream,
    replies,
    robot: outbox,
    tokens,
    faults,
    callbacks: createCallbackDriver({ apps, clock, replies }),
    setPublished: apps.setPublished,
    compose,
    deliver,
    say: (input) => deliver(compose(input)),
    emit: (input: EventInput) => push(composeEvent(input, appOf(input.clientId), clock.now())),
    push,
    close,
    [Symbol.asyncDispose]: close,
  }
}
