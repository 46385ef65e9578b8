// The wire shape of what a plugin answers; it accepts nothing that a channel could not show.
import { z } from 'zod'
import type { Reply } from './message.ts'

/** A non-empty `{text}` or `{markdown, title?}`; sizes are the limit of whoever parses. */
export const replySchema = z.union(
  [
    z.strictObject({ text: z.string().min(1) }),
    z.strictObject({
      markdown: z.string().min(1),
      /** What a notification shows instead of the markdown. */
      title: z.string().min(1).max(200).optional(),
    }),
  ],
  'a reply is {text} or {markdown, title?}',
) satisfies z.ZodType<Reply>
