// The last records of the log, and with `follow` each new one. It only reads, and prints nothing that it has not made safe.
import { open } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { createSplitter } from '../access/audit-lines.ts'
import { describeLine, lineAsJson } from '../access/audit-print.ts'
import type { FileHandle } from 'node:fs/promises'
import type { AuditContext } from './audit.ts'

export type TailOptions = { readonly lines: number; readonly follow: boolean; readonly json: boolean }

/** How often a followed log is looked at, in ms: soon enough for a reader, nothing for the machine. */
const POLL = 200
const PIECE = 256 * 1024

/** Prints and returns 0; rejects when the log cannot be read. */
export async function tail({ lines, follow, json }: TailOptions, context: AuditContext): Promise<number> {
  const { logPath, out, err, signal } = context
  const show = json ? lineAsJson : describeLine
  let file = await open(logPath)
  try {
    const { last, end } = await lastLines(file, lines)
    for (const line of last) out(show(line))
    if (!follow) return 0
    let splitter = createSplitter()
    let position = end
    while (await pause(signal)) {
      const piece = await readAt(file, position, PIECE)
      position += piece.length
      for (const line of splitter.push(piece)) out(show(line))
      if (piece.length > 0 || !(await moved(logPath, file, position))) continue
      err('-- the log is another file now')
      const next = await open(logPath)
      await file.close()
      file = next
      splitter = createSplitter()
      position = 0
    }
    return 0
  } finally {
    await file.close()
  }
}

/** The last `count` whole lines, and where the next one begins. */
async function lastLines(file: FileHandle, count: number): Promise<{ last: Buffer[]; end: number }> {
  const { size } = await file.stat()
  for (let window = PIECE; ; window *= 4) {
    const from = Math.max(0, size - window)
    const splitter = createSplitter(window)
    const lines = splitter.push(await readAt(file, from, size - from))
    const whole = from === 0 ? lines : lines.slice(1)
    if (from === 0 || whole.length >= count) {
      return { last: count === 0 ? [] : whole.slice(-count), end: size - splitter.rest().length }
    }
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** Whether the path names another file now, or one that has become shorter. */
async function moved(path: string, file: FileHandle, position: number): Promise<boolean> {
  const now = await open(path).catch(() => null)
  if (now === null) return false
  try {
    const [there, here] = await Promise.all([now.stat({ bigint: true }), file.stat({ bigint: true })])
    return there.ino !== here.ino || there.dev !== here.dev || there.size < BigInt(position)
  } finally {
    await now.close()
  }
}

async function pause(signal: AbortSignal | undefined): Promise<boolean> {
  await setTimeout(POLL, undefined, { signal }).catch(() => undefined)
  return signal?.aborted !== true
}
