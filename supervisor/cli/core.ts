// A core for subcommands that need one in their own process.
import packageJson from '../../package.json' with { type: 'json' }
import type { Log } from '../chat/powers.ts'
import { createHttp } from '../io/http.ts'
import { startCore, StartRefused, type Core, type CoreOptions } from '../main.ts'
import type { Settings } from '../settings.ts'
import { EXIT, Exit } from './exit.ts'
import { missingWalls } from './walls.ts'

export const VERSION: string = packageJson.version

/** Throws `Exit` 78 where a start must not happen. */
export async function coreOf(
  settings: Settings,
  log: Log,
  http = createHttp(),
  channels: CoreOptions['channels'] = () => [],
): Promise<Core> {
  const missing = missingWalls()
  if (settings.security.isolation === 'strict' && missing.length > 0) {
    throw new Exit(
      EXIT.configuration,
      `security.isolation: strict refuses to start: these walls are not built yet: ${missing.join(', ')}`,
      'set security.isolation: best-effort to run without them',
    )
  }
  try {
    return await startCore(settings, { version: VERSION, log, http, channels })
  } catch (error) {
    if (error instanceof StartRefused) throw new Exit(EXIT.configuration, ...error.reasons)
    throw error
  }
}
