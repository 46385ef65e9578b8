// Finds the commands that a text most likely meant, to be suggested to a person; what it finds is never run.
import type { CommandSpec, Plugin } from '../registry/plugin.ts'
import { nearest } from '../yaml/nearest.ts'

type Hit = { readonly plugin: string; readonly command: string; readonly spec: CommandSpec }
/** Whether the person asking may know of a command. */
export type May = (plugin: string, command: string) => boolean
/** At most `limit` hits, best first; none when nothing in the text is about any command. */
export type Search = (text: string, may: May, limit?: number) => readonly Hit[]

// What a term is worth by where it stands, and a name that is a slip away.
const IN_NAME = 3
const IN_EXAMPLE = 2
const IN_DESCRIPTION = 2
const IN_PLUGIN_DESCRIPTION = 1
const NEAR_NAME = 6
// Longer questions add nothing to three suggestions.
const MAX_QUERY = 200
// `may` asks policy, which is dear; whoever may use none of the best twenty gets no suggestion.
const MAX_ASKED = 20
// A hit this much weaker than the best is noise.
const LEAST_SHARE = 0.4

const STOP_WORDS = new Set(
  (
    '怎么 怎样 什么 怎么样 一下 请问 可以 我要 我想 帮我 一个 这个 那个 有没有 是不是 ' +
    'the an is are to of in on for and or my me you it what how do can please with'
  ).split(' '),
)

/** An index over the plugins that can run. Building it reads every name, description and example once. */
export function createSearch(plugins: ReadonlyMap<string, Plugin>): Search {
  const words = new Intl.Segmenter('zh', { granularity: 'word' })
  const ready = [...plugins.values()].filter((plugin) => plugin.state === 'ready')
  const hits = ready.flatMap((plugin) =>
    Object.entries(plugin.commands).map(([command, spec]) => ({ plugin: plugin.name, command, spec })),
  )
  const pluginNames = ready.map((plugin) => plugin.name)
  const commandNames = [...new Set(hits.map((hit) => hit.command))]
  const index = new Map<string, Map<Hit, number>>()
  for (const hit of hits) {
    note(hit, `${hit.plugin} ${hit.command}`, IN_NAME)
    note(hit, hit.spec.examples.join('\n'), IN_EXAMPLE)
    note(hit, hit.spec.description, IN_DESCRIPTION)
    note(hit, plugins.get(hit.plugin)?.description ?? '', IN_PLUGIN_DESCRIPTION)
  }

  function note(hit: Hit, text: string, weight: number): void {
    for (const term of termsOf(text, words)) {
      const weights = index.get(term) ?? new Map<Hit, number>()
      weights.set(hit, Math.max(weights.get(hit) ?? 0, weight))
      index.set(term, weights)
    }
  }

  return (text, may, limit = 3) => {
    const query = text.slice(0, MAX_QUERY).normalize('NFKC').toLowerCase()
    const scores = new Map<Hit, number>()
    const add = (hit: Hit, points: number) => scores.set(hit, (scores.get(hit) ?? 0) + points)
    for (const term of termsOf(query, words)) {
      const weights = index.get(term) ?? new Map<Hit, number>()
      // A term that every command has says nothing about which one is meant.
      const rarity = Math.log(1 + hits.length / Math.max(weights.size, 1))
      for (const [hit, weight] of weights) add(hit, weight * rarity)
    }
    const [first = '', second = ''] = query
      .replace(/^\s*\//, '')
      .trim()
      .split(/\s+/)
    const plugin = nearest(first, pluginNames)
    const command = nearest(plugin === undefined ? first : second, commandNames)
    for (const hit of hits) {
      if (hit.plugin === plugin) add(hit, NEAR_NAME)
      if (hit.command === command) add(hit, NEAR_NAME)
    }
    const allowed = [...scores]
      .sort(([left, a], [right, b]) => b - a || compare(left, right))
      .slice(0, MAX_ASKED)
      .filter(([hit]) => may(hit.plugin, hit.command))
    const best = allowed[0]?.[1] ?? 0
    return allowed
      .filter(([, score]) => score >= best * LEAST_SHARE)
      .slice(0, limit)
      .map(([hit]) => hit)
  }
}

/** Lower-case words, and pairs of Han characters, because where a Chinese word ends is a guess. */
function termsOf(text: string, words: Intl.Segmenter): ReadonlySet<string> {
  const plain = text.normalize('NFKC').toLowerCase()
  const terms = new Set<string>()
  for (const { segment, isWordLike } of words.segment(plain)) {
    if (isWordLike && segment.length > 1) terms.add(segment.replace(/(?<=[a-z]{3})s$/, ''))
  }
  for (const [run] of plain.matchAll(/\p{Script=Han}+/gu)) {
    const characters = Array.from(run)
    if (characters.length === 1) terms.add(run)
    for (let at = 0; at + 1 < characters.length; at++) terms.add(characters.slice(at, at + 2).join(''))
  }
  for (const word of STOP_WORDS) terms.delete(word)
  return terms
}

function compare(left: Hit, right: Hit): number {
  return `${left.plugin} ${left.command}` < `${right.plugin} ${right.command}` ? -1 : 1
}
