// How a reply looks to DingTalk: pieces that its clients show and its servers take, each in both dialects. Must never send one.
import type { Reply } from '../message.ts'
import { splitText } from './split.ts'

/** One piece, as a sessionWebhook takes it and as the OpenAPI does. */
export type Piece = {
  readonly webhook: Readonly<Record<string, unknown>>
  readonly openApi: { readonly msgKey: 'sampleText' | 'sampleMarkdown'; readonly msgParam: string }
}

// Beyond this, clients stop rendering markdown (connectors in the field cut at 3500 to 3800).
const MOST_CHARACTERS = 3_800
// errcode 460101: the whole body.
const MOST_WEBHOOK_BYTES = 20_000
// groupMessages/send: the string msgParam.
const MOST_PARAM_BYTES = 15_000
// Shown in the list of conversations, one short line.
const MOST_TITLE_CHARACTERS = 64

/** The pieces of `reply`, in order; none when there is nothing to see in it. */
export function renderReply(reply: Reply): Piece[] {
  const text = 'text' in reply ? reply.text : reply.markdown
  const render = 'text' in reply ? renderText : renderMarkdown(titleOf(reply))
  return (
    splitText(text, (piece) => piece.length <= MOST_CHARACTERS && fits(render(piece)))
      // DingTalk refuses a message without content.
      .filter((piece) => piece.trim() !== '')
      .map(render)
  )
}

function renderText(content: string): Piece {
  return {
    webhook: { msgtype: 'text', text: { content } },
    openApi: { msgKey: 'sampleText', msgParam: JSON.stringify({ content }) },
  }
}

function renderMarkdown(title: string): (text: string) => Piece {
  return (text) => ({
    webhook: { msgtype: 'markdown', markdown: { title, text } },
    openApi: { msgKey: 'sampleMarkdown', msgParam: JSON.stringify({ title, text }) },
  })
}

function fits({ webhook, openApi }: Piece): boolean {
  return (
    Buffer.byteLength(JSON.stringify(webhook)) < MOST_WEBHOOK_BYTES &&
    Buffer.byteLength(openApi.msgParam) <= MOST_PARAM_BYTES
  )
}

/** The title given, else the first line that says something, without markdown's marks. */
function titleOf({ title, markdown }: Extract<Reply, { markdown: string }>): string {
  const lines = markdown.split('\n').map((line) => line.replace(/^[\s#>*+-]+/, '').replaceAll(/\*\*|`/g, ''))
  const line = [title ?? '', ...lines].map((one) => one.trim()).find((one) => one !== '') ?? '消息'
  return Array.from(line).slice(0, MOST_TITLE_CHARACTERS).join('')
}
