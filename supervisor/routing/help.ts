// What a person may do here, as Markdown: all plugins, or one with its commands. It never repeats what the person wrote.
import type { Reply } from '../chat/message.ts'
import type { Language } from '../errors.ts'
import type { CommandSpec, Plugin } from '../registry/plugin.ts'
import { typeNames } from './complaint.ts'
import { literal } from './literal.ts'
import type { May } from './search.ts'
import { usageOf } from './usage.ts'
import { typesOf } from './values.ts'

const WORDS = {
  title: { zh: '可用的命令', en: 'Commands' },
  none: { zh: '目前没有你可以使用的命令。', en: 'There is no command that you may use.' },
  more: { zh: '……还有 {count} 个', en: '… and {count} more' },
  foot: {
    zh: '发送 /帮助 加插件名查看用法,例如 /帮助 {example}。English: /help',
    en: 'For the usage of one, send /help and its name, such as /help {example}. 中文:/帮助',
  },
  read: { zh: '只读', en: 'reads only' },
  write: { zh: '会修改数据', en: 'changes data' },
  destroy: { zh: '会删除数据,无法撤销', en: 'destroys data for good' },
  required: { zh: '必填', en: 'required' },
  oneOf: { zh: '可选值 {values}', en: 'one of {values}' },
  otherwise: { zh: '默认 {value}', en: 'by default {value}' },
  examples: { zh: '例如:', en: 'For example: ' },
} as const

// Clients stop rendering long messages at about 3500 characters.
const MAX_CHARACTERS = 3000
const MAX_CHOICES = 10

/** Every plugin of which the person may use a command, one line each. */
export function helpIndex(plugins: Iterable<Plugin>, may: May, language: Language): Reply {
  const title = WORDS.title[language]
  const visible = [...plugins].filter((plugin) => plugin.state === 'ready' && hasVisible(plugin, may))
  const [first] = visible
  if (!first) return { markdown: WORDS.none[language], title }
  const lines = visible.map((plugin) => `- **${plugin.name}** ${literal(plugin.description, 80)}`)
  const foot = WORDS.foot[language].replaceAll('{example}', first.name)
  return { markdown: [`### ${title}`, fit(lines, '\n', language), foot].join('\n\n'), title }
}

/** The commands of one plugin that the person may use; null when there is none. */
export function helpPlugin(plugin: Plugin, may: May, language: Language): Reply | null {
  const commands = visibleCommands(plugin, may)
  if (commands.length === 0) return null
  const sections = commands.map(([name, spec]) => section(plugin.name, name, spec, language))
  const head = `### ${plugin.name}\n\n${literal(plugin.description)}`
  return { markdown: `${head}\n\n${fit(sections, '\n\n', language)}`, title: plugin.name }
}

function hasVisible(plugin: Plugin, may: May): boolean {
  return Object.keys(plugin.commands).some((command) => may(plugin.name, command))
}

function visibleCommands(plugin: Plugin, may: May): readonly (readonly [string, CommandSpec])[] {
  return Object.entries(plugin.commands).filter(([command]) => may(plugin.name, command))
}

function section(plugin: string, command: string, spec: CommandSpec, language: Language): string {
  const effect = WORDS[spec.effect][language]
  const lines = [
    `**${literal(usageOf(plugin, command, spec))}**`,
    `${literal(spec.description)}${language === 'zh' ? `(${effect})` : ` (${effect})`}`,
  ]
  const args = Object.entries(spec.args.properties ?? {}).map(([name, schema]) =>
    argument(name, schema, spec, language),
  )
  if (args.length > 0) lines.push(args.join('\n'))
  if (spec.examples.length > 0) {
    const examples = spec.examples.slice(0, 3).map((example) => literal(example, 80))
    lines.push(WORDS.examples[language] + examples.join(language === 'zh' ? ';' : '; '))
  }
  return lines.join('\n\n')
}

function argument(
  name: string,
  schema: Readonly<Record<string, unknown>>,
  spec: CommandSpec,
  language: Language,
): string {
  const facts: string[] = []
  const types = [...typesOf(schema, spec.args)]
  if (types.length > 0) facts.push(typeNames(types, language).trim())
  if (spec.args.required?.includes(name)) facts.push(WORDS.required[language])
  if (Array.isArray(schema['enum'])) {
    const values = schema['enum']
      .slice(0, MAX_CHOICES)
      .map(plain)
      .join(language === 'zh' ? '、' : ', ')
    facts.push(WORDS.oneOf[language].replace('{values}', () => values))
  }
  if ('default' in schema) facts.push(WORDS.otherwise[language].replace('{value}', () => plain(schema['default'])))
  const about = typeof schema['description'] === 'string' ? literal(schema['description'], 120) : ''
  const [open, comma, close, colon] = language === 'zh' ? ['(', ',', ')', ':'] : [' (', ', ', ')', ': ']
  const label = facts.length > 0 ? open + facts.join(comma) + close : ''
  return `- ${literal(name)}${label}${about && colon + about}`
}

function plain(value: unknown): string {
  return literal(typeof value === 'string' ? value : JSON.stringify(value), 40)
}

/** As many parts as a client renders, and how many are left out. */
function fit(parts: readonly string[], separator: string, language: Language): string {
  let length = 0
  const shown = parts.filter(
    (part, index) => (length += part.length + separator.length) <= MAX_CHARACTERS || index === 0,
  )
  const left = parts.length - shown.length
  return shown.join(separator) + (left > 0 ? separator + WORDS.more[language].replace('{count}', String(left)) : '')
}
