// Owns what the server writes on a WebSocket, shape by shape; must never send anything itself.

import { randomBytes } from 'node:crypto'

export type Frame = {
  readonly specVersion?: string
  readonly type: 'SYSTEM' | 'EVENT' | 'CALLBACK'
  readonly headers: Readonly<Record<string, string>> & { readonly messageId: string; readonly topic: string }
  /** A string that holds JSON. */
  readonly data: string
}

export type Identity = { readonly appId: string; readonly connectionId: string }

const contentType = 'application/json'
const hex = (bytes: number) => randomBytes(bytes).toString('hex')

/** A delivery id like 212b9d7c_165f_19bfa1a500a_1461def: the third part is the time. */
export function createMessageId(now: number): string {
  return `${hex(4)}_${hex(2)}_${now.toString(16)}_${hex(4).slice(1)}`
}

/** A robot message, event or other callback, as captured live. `extra` holds an event's own headers. */
export function pushFrame(
  kind: { readonly type: 'EVENT' | 'CALLBACK'; readonly topic: string },
  content: { readonly data: string; readonly messageId: string; readonly extra: Readonly<Record<string, string>> },
  sender: Identity,
  now: number,
): Frame {
  const { data, messageId, extra } = content
  const { appId, connectionId } = sender
  const headers = { appId, connectionId, contentType, messageId, time: String(now), topic: kind.topic, ...extra }
  return { specVersion: '1.0', type: kind.type, headers, data }
}

/** The official sample of a ping has no specVersion and no time. */
export function pingFrame(opaque: string, now: number): Frame {
  const headers = { topic: 'ping', messageId: createMessageId(now), contentType }
  return { type: 'SYSTEM', headers, data: JSON.stringify({ opaque }) }
}

/** As captured live after 20 h: neither appId nor connectionId. */
export function disconnectFrame(reason: string, now: number): Frame {
  const headers = { contentType, messageId: `${hex(4)}${now}${hex(2)}`, time: String(now), topic: 'disconnect' }
  return { specVersion: '1.0', type: 'SYSTEM', headers, data: JSON.stringify({ reason }) }
}

/** Undocumented frames that the official Node client nevertheless handles; their data is unknown. */
export function noticeFrame(topic: 'REGISTERED' | 'KEEPALIVE', sender: Identity, now: number): Frame {
  const { appId, connectionId } = sender
  const headers = { appId, connectionId, contentType, messageId: createMessageId(now), time: String(now), topic }
  return { specVersion: '1.0', type: 'SYSTEM', headers, data: '{}' }
}
