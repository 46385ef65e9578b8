// Decides which command a text asks for, by its slash alone. A pure function of the text and a snapshot: it runs nothing and allows nothing.
import type { Reply } from '../chat/message.ts'
import { ERRORS, fill, type Code, type Language } from '../errors.ts'
import type { CommandSpec, Plugin } from '../registry/plugin.ts'
import { MAX_TEXT, type Args, type ArgsValidator } from './args.ts'
import { helpIndex, helpPlugin } from './help.ts'
import { languageOf } from './language.ts'
import { createSearch, type May, type Search } from './search.ts'
import { readArgs, readSlash, type Slash } from './slash.ts'
import { usageOf } from './usage.ts'

export type Route =
  | {
      readonly kind: 'command'
      readonly plugin: string
      readonly command: string
      readonly args: Args
      readonly language: Language
    }
  | { readonly kind: 'help'; readonly reply: Reply; readonly language: Language }
  /** The reply holds the code's sentence and, where there is one, the way out; it lacks the turn's id. */
  | { readonly kind: 'problem'; readonly code: ProblemCode; readonly reply: Reply; readonly language: Language }
type ProblemCode = Extract<Code, 'NO_COMMAND' | 'BAD_ARGS' | 'PLUGIN_AWAITING_GRANT'>
/** `may` filters what help and suggestions show; whether a command may run is asked of policy afterwards. */
export type Router = { readonly route: (text: string, may: May) => Route }

const HELP = new Set(['help', '帮助', '?', ''])
const BARE_HELP = /^(?:help|帮助|[?？])$/i

const WORDS = {
  usage: { zh: '用法:', en: 'Usage: ' },
  suggest: { zh: '您是不是想用:', en: 'Did you mean:' },
  all: { zh: '发送 /帮助 查看全部命令', en: 'Send /help for all commands' },
  tooLong: { zh: '消息太长,最多 {max} 个字', en: 'The message is too long, at most {max} characters' },
} as const

/** A router over one snapshot. Never throws, whatever the text. */
export function createRouter(
  plugins: ReadonlyMap<string, Plugin>,
  { validateArgs }: Pick<ArgsValidator, 'validateArgs'>,
): Router {
  // Built by the first text that needs it: slash commands do not.
  let search: Search | null = null

  function route(text: string, may: May): Route {
    const language = languageOf(text.slice(0, MAX_TEXT))
    if (text.length > MAX_TEXT) {
      return problem('BAD_ARGS', language, { problem: WORDS.tooLong[language].replace('{max}', String(MAX_TEXT)) })
    }
    const slash = readSlash(text)
    if (!slash) return BARE_HELP.test(text.trim()) ? help('', text, may, language) : unknown(text, may, language)
    if (HELP.has(slash.plugin)) return help(slash.command.replace(/^\//, ''), text, may, language)
    const plugin = plugins.get(slash.plugin)
    if (!plugin) return unknown(text, may, language)
    if (plugin.state !== 'ready') return problem('PLUGIN_AWAITING_GRANT', language, { plugin: plugin.name })
    if (slash.command === '') return help(plugin.name, text, may, language)
    const spec = Object.hasOwn(plugin.commands, slash.command) ? plugin.commands[slash.command] : undefined
    return spec ? command(slash, spec, may, language) : unknown(text, may, language)
  }

  function command({ plugin, command: name, rest }: Slash, spec: CommandSpec, may: May, language: Language): Route {
    const read = readArgs(rest, spec.args, language)
    const checked = 'problem' in read ? read : validateArgs(spec, read.args, language)
    if ('args' in checked) return { kind: 'command', plugin, command: name, args: checked.args, language }
    const usage = may(plugin, name) ? WORDS.usage[language] + usageOf(plugin, name, spec) : ''
    return problem('BAD_ARGS', language, { problem: checked.problem }, usage)
  }

  function help(name: string, text: string, may: May, language: Language): Route {
    if (name === '') return { kind: 'help', reply: helpIndex(plugins.values(), may, language), language }
    const plugin = plugins.get(name)
    if (plugin && plugin.state !== 'ready') return problem('PLUGIN_AWAITING_GRANT', language, { plugin: name })
    const reply = plugin ? helpPlugin(plugin, may, language) : null
    return reply ? { kind: 'help', reply, language } : unknown(text.replace(/^\s*\S+/, ''), may, language)
  }

  function unknown(text: string, may: May, language: Language): Route {
    search ??= createSearch(plugins)
    const lines = search(text, may).map(
      (hit) => `${usageOf(hit.plugin, hit.command, hit.spec)}  ${hit.spec.description}`,
    )
    const suggestions = lines.length > 0 ? [WORDS.suggest[language], ...lines] : []
    return problem('NO_COMMAND', language, {}, ...suggestions, WORDS.all[language])
  }

  return { route }
}

/** Plain text, so that no channel takes anything in it for markup; nothing in it was written by the person. */
function problem(
  code: ProblemCode,
  language: Language,
  detail: Readonly<Record<string, string>>,
  ...hints: readonly string[]
): Route {
  const lines = [fill(ERRORS[code][language], detail), ...hints].filter((line) => line !== '')
  return { kind: 'problem', code, reply: { text: lines.join('\n') }, language }
}
