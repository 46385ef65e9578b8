// Owns who may call the robot API: the token, and the robotCode it may speak for; must never look at the message.

import type { App, Apps } from './apps.ts'
import { apiError, type Answer, type Request } from './http-message.ts'
import type { Tokens } from './tokens.ts'

export type Caller =
  { readonly ok: true; readonly app: App; readonly robotCode: string } | { readonly ok: false; readonly answer: Answer }

/** A refusal with one of the robot API's documented codes. */
export function refuse(code: string): Answer {
  return apiError(400, code, code)
}

/** A function that tells the app behind a request, or what to answer it. */
export function createCallerCheck(apps: Apps, tokens: Tokens): (request: Request, robotCode: unknown) => Caller {
  return (request, robotCode) => {
    const token = request.headers['x-acs-dingtalk-access-token']
    const clientId = typeof token === 'string' ? tokens.holder(token) : undefined
    const app = clientId === undefined ? undefined : apps.find(clientId)
    if (app === undefined) return { ok: false, answer: apiError(400, 'InvalidAuthentication', '不合法的access_token') }
    if (typeof robotCode !== 'string' || robotCode === '') {
      return { ok: false, answer: refuse('invalidParameter.robotCode.empty') }
    }
    if (apps.findByRobotCode(robotCode) === undefined) {
      return { ok: false, answer: refuse('invalidParameter.robotCode.notExsit') }
    }
    if (app.robotCode !== robotCode) return { ok: false, answer: refuse('invalidParameter.robotCode.auth') }
    return { ok: true, app, robotCode }
  }
}
