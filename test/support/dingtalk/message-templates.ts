// Owns the msgKey templates of the robot API and what each one needs; must never send.

import { z } from 'zod'
import { parseJson } from './parse-json.ts'

const cardButtons = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`actionTitle${index + 1}`, `actionURL${index + 1}`])
      .flat()
      .map((name) => [name, 'miss.param.actionCardTobtn']),
  )

const cardText = { title: 'miss.param.actionCardTotitle', text: 'miss.param.actionCardTotext' }

// Template → parameter → the documented code when it is missing.
const templates: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sampleText: { content: 'miss.param.contentOfText' },
  sampleMarkdown: { title: 'miss.param.markdownTotitle', text: 'miss.param.markdownTotext' },
  sampleImageMsg: { photoURL: 'miss.param.photoTophotoUrl' },
  sampleLink: {
    title: 'miss.param.titleOfLink',
    text: 'miss.param.textOfLink',
    messageUrl: 'miss.param.messageUrlOfLink',
  },
  sampleActionCard: {
    ...cardText,
    singleTitle: 'miss.param.actionCardTosingleTitle',
    singleURL: 'miss.param.actionCardTosingleUrl',
  },
  sampleActionCard2: { ...cardText, ...cardButtons(2) },
  sampleActionCard3: { ...cardText, ...cardButtons(3) },
  sampleActionCard4: { ...cardText, ...cardButtons(4) },
  sampleActionCard5: { ...cardText, ...cardButtons(5) },
  sampleActionCard6: {
    ...cardText,
    buttonTitle1: 'miss.param.actionCardTobtn',
    buttonUrl1: 'miss.param.actionCardTobtn',
    buttonTitle2: 'miss.param.actionCardTobtn',
    buttonUrl2: 'miss.param.actionCardTobtn',
  },
  sampleAudio: { mediaId: 'miss.param.audio', duration: 'miss.param.audio' },
  sampleFile: { mediaId: 'miss.param.file', fileName: 'miss.param.file', fileType: 'miss.param.file' },
  sampleVideo: {
    duration: 'miss.param.video',
    videoMediaId: 'miss.param.video',
    videoType: 'miss.param.video',
    picMediaId: 'miss.param.video',
  },
}

const maxBytes = 15_000
const paramSchema = z.record(z.string(), z.unknown())

export type TemplateVerdict =
  | { readonly ok: true; readonly msgKey: string; readonly param: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly code: string }

/** The template's parameters, or the code of what is wrong. `msgParam` must be a string that holds a JSON object. */
export function readTemplate(msgKey: unknown, msgParam: unknown): TemplateVerdict {
  if (typeof msgKey !== 'string' || msgKey === '') return { ok: false, code: 'invalidParameter.msgKey.empty' }
  const needed = Object.hasOwn(templates, msgKey) ? templates[msgKey] : undefined
  if (needed === undefined) return { ok: false, code: 'invalidParameter.msgKey.invalid' }
  if (typeof msgParam !== 'string') return { ok: false, code: 'invalidParameter.msgParam.invalid' }
  if (Buffer.byteLength(msgParam) > maxBytes) return { ok: false, code: 'invalidParameter.msgParam.tooLong' }
  const param = paramSchema.safeParse(parseJson(msgParam))
  if (!param.success) return { ok: false, code: 'invalidParameter.msgParam.invalid' }
  for (const [name, code] of Object.entries(needed)) {
    const value = param.data[name]
    if (typeof value !== 'string' || value === '') return { ok: false, code }
  }
  return { ok: true, msgKey, param: param.data }
}
