// DingTalk's error code out of an answer, made safe to log: never the message beside it, which can quote what was sent.
import { z } from 'zod'
import { parseJson } from '../parse-json.ts'

const errorSchema = z.object({ code: z.string().regex(/^[\w.-]{1,120}$/) })

/** The code of a new OpenAPI's error body, or `unknown` when it has none (an HTML page, a proxy's answer). */
export function errorCode(text: string): string {
  const parsed = errorSchema.safeParse(parseJson(text))
  return parsed.success ? parsed.data.code : 'unknown'
}
