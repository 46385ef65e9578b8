// Loaded plugins as the registry would hand them out, with only what a test says.
import type { ArgsSchema, CommandSpec, Plugin } from '../../supervisor/registry/plugin.ts'

export function fakeCommand(
  properties: NonNullable<ArgsSchema['properties']> = {},
  more: Partial<CommandSpec> & { required?: string[] } = {},
): CommandSpec {
  const { required = [], ...spec } = more
  const args: ArgsSchema = { type: 'object', properties, required, additionalProperties: false }
  return { description: '一个命令', effect: 'read', examples: [], args, ...spec }
}

export function fakePlugin(name: string, commands: Plugin['commands'], more: Partial<Plugin> = {}): Plugin {
  return {
    name,
    version: '1.0.0',
    description: `插件 ${name}`,
    file: `/plugins/${name}/plugin.yaml`,
    folder: `/plugins/${name}`,
    config: {},
    capabilities: {},
    limits: { memory: 64 * 1024 ** 2, cpu: 500, wall: 10_000, concurrency: 4, output: 64 * 1024 },
    commands,
    modules: {},
    main: 'main.ts',
    digest: '',
    capabilitiesDigest: '',
    state: 'ready',
    ...more,
  }
}

export function pluginMap(...plugins: readonly Plugin[]): ReadonlyMap<string, Plugin> {
  return new Map(plugins.map((plugin) => [plugin.name, plugin]))
}
