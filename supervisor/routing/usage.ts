// How a command is typed, on one line of plain text.
import type { CommandSpec } from '../registry/plugin.ts'

/** `/weather now <city> [days=…]`. Behind an optional argument a required one is named too, because words fill them in order. */
export function usageOf(plugin: string, command: string, { args }: CommandSpec): string {
  const required = new Set(args.required)
  let inOrder = true
  const words = Object.keys(args.properties ?? {}).map((name) => {
    if (!required.has(name)) {
      inOrder = false
      return `[${name}=…]`
    }
    return inOrder ? `<${name}>` : `${name}=<…>`
  })
  return [`/${plugin}`, command, ...words].join(' ')
}
