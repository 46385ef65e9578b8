// The command line: finds the subcommand, hands it the arguments, turns what comes back into an exit code.
import { EXIT, Exit } from './exit.ts'

type Subcommand = (args: string[]) => Promise<number>

// Loaded on demand: `molten run` must not wait for what only `molten serve` needs.
const SUBCOMMANDS: Readonly<Record<string, { load: () => Promise<Subcommand>; usage: string }>> = {
  serve: { load: async () => (await import('./serve.ts')).serve, usage: 'serve [--config F]' },
  check: { load: async () => (await import('./check.ts')).check, usage: 'check [--config F]' },
  run: { load: async () => (await import('./run.ts')).run, usage: 'run "<text>" [--as PERSON] [--json] [--config F]' },
  status: { load: async () => (await import('./status.ts')).status, usage: 'status [--json] [--config F]' },
  audit: {
    load: async () => (await import('./audit-command.ts')).auditCommand,
    usage: 'audit verify | tail [-n N] [-f] [--json] [--config F]',
  },
  plugin: {
    load: async () => (await import('./plugin.ts')).plugin,
    usage: 'plugin list | check DIR | grant NAME [--yes] | revoke NAME [--config F]',
  },
}

async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2)
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
  if (!subcommand) {
    const asked = name === '--help' || name === 'help'
    const usage = ['usage:', ...Object.values(SUBCOMMANDS).map((each) => `  molten ${each.usage}`), ''].join('\n')
    ;(asked ? process.stdout : process.stderr).write(usage)
    return asked ? EXIT.ok : EXIT.usage
  }
  try {
    return await (
      await subcommand.load()
    )(args)
  } catch (error) {
    if (error instanceof Exit) {
      for (const line of error.lines) process.stderr.write(`${line}\n`)
      return error.code
    }
    // node:util's parseArgs: an option that does not exist or lacks its value.
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      process.stderr.write(`${error.message}\nusage: molten ${subcommand.usage}\n`)
      return EXIT.usage
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return EXIT.failure
  }
}

process.exitCode = EXIT.failure
process.exitCode = await main()
