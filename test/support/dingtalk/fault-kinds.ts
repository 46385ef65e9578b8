// Owns the ways in which DingTalk is known to misbehave; must never decide when one strikes.

import { apiError, json, oapiAnswer, type Answer } from './http-message.ts'

export type Fault =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'reset' }

/** Answers `answer` and never reaches the endpoint. */
export function answerWith(answer: Answer): Fault {
  return { kind: 'answer', answer }
}

/** Keeps the caller waiting for `ms` of the server's clock, then answers truly. */
export function slow(ms: number): Fault {
  return { kind: 'slow', ms }
}

const forbidden = 'Forbidden.AccessDenied.'
const html = 'text/html;charset=utf-8'

/** The named faults of DingTalk's gateway, each with the status and body that were documented or reported. */
export const faultKinds = {
  // New API: 403 with a code that says Qps or Qpm, or that the month's quota is gone.
  qpsLimit: answerWith(apiError(403, `${forbidden}QpsLimitForAppkeyAndApi`, '调用频率超过限制')),
  qpsLimitOfApi: answerWith(apiError(403, `${forbidden}QpsLimitForApi`, '接口总调用频率超过限制')),
  qpmLimit: answerWith(apiError(403, `${forbidden}QpmLimitForAppkeyAndApi`, '每分钟调用次数超过限制')),
  monthlyQuota: answerWith(apiError(403, `${forbidden}ApiCountLimitForOrg`, '本月调用次数已用完')),
  tooManyRequests: answerWith(apiError(429, 'system.busy', '请求过于频繁')),
  systemBusy: answerWith(apiError(500, 'system.busy', '系统繁忙')),
  gatewayTimeout: answerWith({ status: 504, contentType: html, body: '<html><h1>504 Gateway Time-out</h1></html>' }),
  // Old API: the same ills behind HTTP 200.
  oapiQpsLimit: answerWith(oapiAnswer(90_018, '您的应用调用该接口的频率超过限制')),
  oapiBusy: answerWith(oapiAnswer(-1, '系统繁忙')),
  // More than 10 000 calls in 20 s from one address: a ban of 5 min, in either of two shapes.
  htmlPage: answerWith({ status: 200, contentType: html, body: '<!doctype html><title>访问被拦截</title>' }),
  banned: answerWith(json(200, { status: 1111, wait: 5, source: 'x5', punish: 'deny', uuid: 'xxx' })),
  reset: { kind: 'reset' },
} satisfies Record<string, Fault>
