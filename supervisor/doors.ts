// The doors of a serving supervisor: DingTalk, HTTP, the admin socket, the watch on plugins and rules. They open last and close first.
import { createSender } from './chat/dingtalk/sender.ts'
import { startStream, type Stream } from './chat/dingtalk/stream.ts'
import { createTokens } from './chat/dingtalk/tokens.ts'
import { createWebhook } from './chat/dingtalk/webhook.ts'
import { startListener, type Listener } from './chat/listener.ts'
import type { Channel } from './chat/message.ts'
import type { Count } from './chat/powers.ts'
import { createAdmin } from './admin.ts'
import { listenAdmin } from './io/admin-socket.ts'
import { WALLS } from './io/child.ts'
import type { createHttp } from './io/http.ts'
import { watchFolders } from './io/watch.ts'
import type { Core } from './main.ts'
import type { Settings } from './settings.ts'

export type Doors = { readonly url: string | null; status(): Status; close(): Promise<void> }

/** What `/readyz` and `molten status` say of the whole. */
export type Status = {
  ready: boolean
  version: string
  isolation: string
  walls: Readonly<Record<string, boolean>>
  audit: boolean
  dingtalk: string
  /** Turns that run, and replies not delivered yet. */
  turns: number
  owing: number
  faults: number
}

type Http = ReturnType<typeof createHttp>

/** The way back into DingTalk, or no channel when it is not configured. */
export function dingtalkChannel(
  settings: Settings,
  http: Http,
  { metrics, clock, log }: Pick<Core, 'metrics' | 'clock' | 'log'>,
): Channel[] {
  const { dingtalk } = settings.messageChannels
  if (!dingtalk) return []
  const { apiBase, appKey, appSecret } = dingtalk
  const tokens = createTokens({ post: http.post, apiBase, appKey, appSecret, now: clock.now })
  const count: Count = (event) => metrics.event('dingtalk', event)
  return [createSender({ post: http.post, apiBase, tokens, clock, random: Math.random, count, log })]
}

export async function openDoors(core: Core, http: Http, version: string): Promise<Doors> {
  const { settings, intake, rulebook, audit, metrics, clock, log } = core
  const { dingtalk } = settings.messageChannels
  const count: Count = (event) => metrics.event('dingtalk', event)
  const started = clock.now()
  let stream: Stream | null = null

  const status = (): Status => ({
    ready: audit.healthy() && (stream?.attention() ?? null) === null,
    version,
    isolation: settings.security.isolation,
    walls: WALLS,
    audit: audit.healthy(),
    dingtalk: !dingtalk
      ? 'off'
      : dingtalk.mode === 'webhook'
        ? 'webhook'
        : (stream?.attention() ?? stream?.state() ?? 'off'),
    turns: intake.active(),
    owing: intake.owing(),
    faults: rulebook.faults().length,
  })
  for (const [wall, up] of Object.entries(WALLS)) metrics.control(wall, up)

  intake.resume()
  const listener = await listen(core, status, count)
  const admin = await listenAdmin(
    settings.adminSocket,
    createAdmin(core, () => ({ ...status(), since: started })),
  ).catch(async (error: unknown) => {
    await listener?.close()
    throw error
  })
  const watch = watchFolders([...settings.plugins.directories, settings.policies.directory], () => void core.reload())
  // What changed between the first load and the first look.
  void watch.ready.then(core.reload)
  if (dingtalk?.mode === 'stream') {
    const { robotCode, corpId, apiBase, oapiBase, appKey, appSecret } = dingtalk
    const { connectWebSocket } = await import('./io/websocket.ts')
    stream = startStream({
      robot: { robotCode, corpId: corpId ?? undefined, apiBase, oapiBase },
      clientId: appKey,
      clientSecret: appSecret,
      userAgent: `molten/${version}`,
      accept: intake.accept,
      post: http.post,
      connect: connectWebSocket,
      clock,
      random: Math.random,
      count,
      log,
    })
  }
  // An idle log that failed would stay so until the next message.
  const probe = setInterval(() => void (audit.healthy() || audit.probe()), 5_000).unref()
  return {
    url: listener?.url ?? null,
    status,
    async close() {
      clearInterval(probe)
      watch.close()
      await Promise.all([stream?.stop(), listener?.close(), admin.close()])
    },
  }
}

/** Null when nobody asked for this port and it is taken: the embedded defaults must start beside whatever else runs here. */
async function listen(
  { settings, intake, metrics, clock, log }: Core,
  status: () => Status,
  count: Count,
): Promise<Listener | null> {
  const { host, port, tls, trustedProxies } = settings.server
  const { dingtalk } = settings.messageChannels
  const corpId = dingtalk?.corpId
  const webhook =
    dingtalk?.mode === 'webhook' && corpId
      ? createWebhook({
          path: dingtalk.webhook.path,
          ipAllowlist: dingtalk.webhook.ipAllowlist,
          appSecret: dingtalk.appSecret,
          robot: { robotCode: dingtalk.robotCode, corpId, apiBase: dingtalk.apiBase, oapiBase: dingtalk.oapiBase },
          accept: intake.accept,
          clock,
          count,
          log,
        })
      : undefined
  try {
    return await startListener({
      host,
      port,
      tls: tls ? { cert: tls.cert, key: tls.key.reveal() } : undefined,
      webhook,
      trustedProxies,
      health: { ready: status, metrics: metrics.text },
      clock,
      count: (reason) => metrics.event('http', reason),
      log,
    })
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (!taken || settings.configFile !== null) throw error
    log(
      'warn',
      { host, port },
      'the port is taken, so /healthz, /readyz and /metrics are off; set server.port to have them',
    )
    return null
  }
}
