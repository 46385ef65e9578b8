// Plugins for tests that need no file: a name, some code, and the limits that the test is about.
import { createHash } from 'node:crypto'
import type { Limits, Plugin } from '../../supervisor/registry/plugin.ts'

export const LIMITS: Limits = { memory: 32 << 20, cpu: 300, wall: 3_000, concurrency: 2, output: 64 << 10 }

export function pluginOf(name: string, code: string, limits: Partial<Limits> = {}, more: Partial<Plugin> = {}): Plugin {
  return {
    name,
    version: '1.0.0',
    description: name,
    file: `${name}.yaml`,
    folder: '/nowhere',
    config: {},
    capabilities: {},
    limits: { ...LIMITS, ...limits },
    commands: { go: { description: 'go', effect: 'read', args: { type: 'object' }, examples: [] } },
    modules: { 'main.js': code },
    main: 'main.js',
    digest: createHash('sha256').update(name).update(code).digest('hex'),
    capabilitiesDigest: '',
    state: 'ready',
    ...more,
  }
}

/** A plugin whose one command `go` evaluates `body`, the body of an async method with `args` and `command`. */
export function bodyOf(body: string): string {
  return `import { Plugin, http, store, chat, log } from 'molten'
export default class extends Plugin {
  async go(args, command) { ${body} }
}`
}
