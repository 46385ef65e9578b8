// The table of coded errors: what each code means, whether it is a refusal or a failure, and the sentence a person may read.
// No prose at call sites, and no secret in a detail: details reach logs.

/** How an outcome counts: a refusal is a control doing its work, a failure is work that did not succeed. */
export type Kind = 'refused' | 'failed'
type Entry = { kind: Kind; zh: string; en: string }

// A retired code is never reused.
export const ERRORS = {
  // who and whether
  NO_SENDER: {
    kind: 'refused',
    zh: '无法确认你的身份(消息里没有员工 ID)',
    en: 'Your message carries no staff id, so I cannot tell who you are',
  },
  NO_ROLE: {
    kind: 'refused',
    zh: '你还没有任何角色,请联系管理员把你加入 roles.yaml',
    en: 'You have no role yet; ask an administrator to add you to roles.yaml',
  },
  POLICY_DENIED: {
    kind: 'refused',
    zh: '策略不允许你执行 {command}',
    en: 'Policy does not allow you to run {command}',
  },
  APPROVAL_UNAVAILABLE: {
    kind: 'refused',
    zh: '{command} 需要审批,而审批功能尚未提供',
    en: '{command} needs an approval, and approvals are not available yet',
  },
  AUDIT_UNAVAILABLE: {
    kind: 'refused',
    zh: '审计日志无法写入,命令未执行',
    en: 'The audit log cannot be written, so the command was not run',
  },
  OVERLOADED: { kind: 'refused', zh: '{plugin} 正忙,请稍后再试', en: '{plugin} is busy; try again shortly' },
  SHUTTING_DOWN: {
    kind: 'refused',
    zh: '服务正在停止,命令未执行',
    en: 'The service is stopping, so the command was not run',
  },
  // what was asked
  NO_COMMAND: { kind: 'failed', zh: '没有这个命令', en: 'There is no such command' },
  BAD_ARGS: { kind: 'failed', zh: '{problem}', en: '{problem}' },
  UNSUPPORTED_MESSAGE: { kind: 'failed', zh: '目前只支持文字消息', en: 'Only text messages are supported for now' },
  PLUGIN_AWAITING_GRANT: {
    kind: 'refused',
    zh: '插件 {plugin} 在等待管理员授权',
    en: 'Plugin {plugin} is waiting for an administrator’s grant',
  },
  // how a run ended
  PLUGIN_ERROR: { kind: 'failed', zh: '{command} 出错了:{problem}', en: '{command} failed: {problem}' },
  PLUGIN_LOAD_FAILED: { kind: 'failed', zh: '插件 {plugin} 无法加载', en: 'Plugin {plugin} does not load' },
  REPLY_INVALID: { kind: 'failed', zh: '{command} 的回复格式不对', en: '{command} gave a reply of the wrong shape' },
  OUTPUT_EXCEEDED: {
    kind: 'failed',
    zh: '{command} 的回复超过了大小上限',
    en: 'The reply of {command} is larger than its limit',
  },
  CPU_EXCEEDED: {
    kind: 'failed',
    zh: '{command} 用完了 CPU 时间,已被停止',
    en: '{command} used up its CPU time and was stopped',
  },
  WALL_EXCEEDED: { kind: 'failed', zh: '{command} 超时,已被停止', en: '{command} took too long and was stopped' },
  MEMORY_EXCEEDED: {
    kind: 'failed',
    zh: '{command} 用完了内存,已被停止',
    en: '{command} used up its memory and was stopped',
  },
  HOST_LOST: {
    kind: 'failed',
    zh: '{command} 的进程意外结束,请重试',
    en: 'The process running {command} ended unexpectedly; please try again',
  },
  HOST_BROKEN: {
    kind: 'failed',
    zh: '{command} 的进程违反了协议,已被停止',
    en: 'The process running {command} broke its protocol and was stopped',
  },
  HOST_FAILED: {
    kind: 'failed',
    zh: '插件 {plugin} 的进程无法启动',
    en: 'The process of plugin {plugin} does not start',
  },
  INTERRUPTED: {
    kind: 'failed',
    zh: '服务重启时 {command} 正在执行,结果未知,没有自动重做',
    en: '{command} was running when the service restarted; its result is unknown and it was not repeated',
  },
  INTERNAL: { kind: 'failed', zh: '内部错误', en: 'An internal error' },
  // capability calls
  CALL_UNKNOWN: { kind: 'refused', zh: '没有 {capability} 这个能力', en: 'There is no capability {capability}' },
  CALL_INVALID: {
    kind: 'refused',
    zh: '{capability} 的请求格式不对:{problem}',
    en: 'The request to {capability} has the wrong shape: {problem}',
  },
  CALL_NOT_GRANTED: {
    kind: 'refused',
    zh: '{capability} 未获授权:{problem}',
    en: '{capability} is not granted: {problem}',
  },
  CALL_DENIED: { kind: 'refused', zh: '策略禁止了 {capability}', en: 'Policy forbids {capability}' },
  CALL_REPLY_INVALID: {
    kind: 'failed',
    zh: '{capability} 的结果格式不对',
    en: 'The result of {capability} has the wrong shape',
  },
  CALLS_EXCEEDED: {
    kind: 'refused',
    zh: '一条命令的能力调用次数超过上限',
    en: 'One command made more capability calls than its limit',
  },
  EFFECT_EXCEEDED: {
    kind: 'refused',
    zh: '{capability} 的影响是 {effect},超出了命令声明的 {allowed}',
    en: '{capability} has effect {effect}, but its command declares {allowed}',
  },
  ADDRESS_REFUSED: {
    kind: 'refused',
    zh: '{host} 解析到了不允许访问的地址',
    en: '{host} resolves to an address that may not be reached',
  },
  REDIRECT_REFUSED: { kind: 'refused', zh: '重定向的目标未获授权', en: 'The redirect leads outside the grant' },
  SECRET_MISSING: {
    kind: 'failed',
    zh: '缺少密钥 {name},请管理员配置',
    en: 'Secret {name} is not set; ask an administrator',
  },
  HTTP_FAILED: { kind: 'failed', zh: '访问 {host} 失败:{problem}', en: 'The request to {host} failed: {problem}' },
  HTTP_TIMEOUT: { kind: 'failed', zh: '访问 {host} 超时', en: 'The request to {host} timed out' },
  HTTP_TOO_LARGE: {
    kind: 'failed',
    zh: '{host} 的响应超过大小上限',
    en: 'The response of {host} is larger than its limit',
  },
  STORE_QUOTA: { kind: 'refused', zh: '插件存储已满', en: 'The plugin’s store is full' },
  CHAT_FAILED: { kind: 'failed', zh: '消息发送失败', en: 'The message could not be sent' },
} as const satisfies Record<string, Entry>

export type Code = keyof typeof ERRORS
export type Language = 'zh' | 'en'
/** Values for a sentence's placeholders. Never a secret: details are logged. */
export type Detail = Readonly<Record<string, string | number>>

/** An expected refusal or failure on its way to whoever asked. */
export class Coded extends Error {
  readonly code: Code
  readonly detail: Detail
  constructor(code: Code, detail: Detail = {}, options?: ErrorOptions) {
    super(`${code}: ${fill(ERRORS[code].en, detail)}`, options)
    this.name = 'Coded'
    this.code = code
    this.detail = detail
  }
}

/** The sentence for a person, with the turn's id so that it can be found in the audit log. */
export function sentence(code: Code, detail: Detail, language: Language, turn: string): string {
  const text = fill(ERRORS[code][language], detail)
  return language === 'zh' ? `${text}(编号 ${turn})` : `${text} (turn ${turn})`
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(ERRORS, text)
}

/** The sentence of a template, without a turn's id. */
export function fill(template: string, detail: Detail): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(detail[name] ?? '?'))
}

/** A fault in a file that a person wrote: where it is, what is wrong, how to mend it. A value, never thrown. */
export type Fault = { file: string; line: number; column: number; what: string; cure: string }

/** `file:line:column: what. cure`, the form editors and terminals make clickable. */
export function describeFault(fault: Fault): string {
  return `${fault.file}:${fault.line}:${fault.column}: ${fault.what}${fault.cure && ` — ${fault.cure}`}`
}
