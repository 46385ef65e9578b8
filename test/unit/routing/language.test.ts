import { test } from 'node:test'
import assert from 'node:assert/strict'
import { languageOf } from '../../../supervisor/routing/language.ts'

const CASES = {
  zh: [
    '北京天气怎么样',
    '/weather now 北京',
    'what is 天气',
    '/帮助',
    '/help 天气',
    '/weather',
    '/weather now',
    '/weather now days=3',
    '／weather now Beijing',
    '/weather　now Beijing',
    '你好',
    '',
    '👍',
    '123',
  ],
  en: [
    'hello',
    '/weather now Beijing',
    '/echo say hello world',
    '/help',
    '/HELP weather',
    'help',
    '/weather now city=Paris',
  ],
}

for (const [language, texts] of Object.entries(CASES)) {
  test(`answered in ${language}`, () => {
    assert.deepEqual(
      texts.filter((text) => languageOf(text) !== language),
      [],
    )
  })
}
