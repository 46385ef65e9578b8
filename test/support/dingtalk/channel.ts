// Owns one socket's traffic: frames out, acks in, each ack judged by whoever sent its frame; must never pick frames.

import { readAck, type Ack, type AckFrame, type Verdict } from './ack.ts'
import { createFeed, type Feed, type WritableFeed } from './feed.ts'
import type { Frame } from './frames.ts'
import type { Wire } from './web-socket.ts'

/** A frame the server wrote. `reached` is false when the link was already dead. */
export type SentFrame = {
  readonly clientId: string
  readonly connectionId: string
  readonly frame: Frame
  readonly reached: boolean
}

/** Says what an ack with the frame's messageId is worth. */
export type Judge = (ack: AckFrame) => Verdict

export type Channel = {
  readonly send: (frame: Frame, judge: Judge) => void
  readonly onText: (text: string) => void
  readonly onPing: (payload: Buffer) => void
  /** From now on nothing passes in either direction, yet the socket stays open. */
  readonly goDead: () => void
  /** What the client has written into the dead link. */
  readonly swallowed: Feed<'frame' | 'ping'>
}

export type ChannelOptions = {
  readonly wire: Wire
  readonly owner: { readonly clientId: string; readonly connectionId: string }
  readonly frames: WritableFeed<SentFrame>
  readonly acks: WritableFeed<Ack>
}

/** A channel over `wire` that records what passes. */
export function createChannel({ wire, owner, frames, acks }: ChannelOptions): Channel {
  const judges = new Map<string, Judge>()
  const swallowed = createFeed<'frame' | 'ping'>('swallowed frame')
  let dead = false

  function judge(frame: AckFrame | undefined): Verdict {
    if (frame === undefined) return 'malformed'
    return judges.get(frame.headers.messageId)?.(frame) ?? 'unknown'
  }

  return {
    send: (frame, judgeOf) => {
      judges.set(frame.headers.messageId, judgeOf)
      if (!dead) wire.send(JSON.stringify(frame))
      frames.append({ ...owner, frame, reached: !dead })
    },
    onText: (text) => {
      if (dead) return swallowed.append('frame')
      const frame = readAck(text)
      acks.append({ ...owner, verdict: judge(frame), frame, text })
    },
    onPing: (payload) => {
      if (dead) swallowed.append('ping')
      else wire.pong(payload)
    },
    goDead: () => {
      dead = true
    },
    swallowed,
  }
}
