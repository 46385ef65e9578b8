// Proves that a log is whole: every record, in order, unchanged, up to the last head known. It reads streams and believes nothing in them.
import { createWalk, MAX_STRAYS } from './audit-chain.ts'
import { createSplitter } from './audit-lines.ts'
import { GENESIS } from './audit-powers.ts'
import type { Walk } from './audit-chain.ts'
import type { Head } from './audit-powers.ts'

/** One file of the log; its chain goes on in the next one of the list. */
export type LogBytes = { readonly name: string; readonly bytes: AsyncIterable<Uint8Array> }

export type Verdict =
  | {
      readonly ok: true
      readonly records: number
      /** The first seq, null in an empty log. */
      readonly first: number | null
      readonly last: Head
      /** Lines that are no records, each named by the boot or checkpoint after it. */
      readonly torn: number
      /** Bytes after the last newline: a write in progress, or what a crash left and no start has seen yet. */
      readonly unfinished: number
    }
  | {
      readonly ok: false
      readonly file: string
      readonly line: number
      readonly seq?: number
      readonly what: string
    }

type Place = { readonly file: string; readonly line: number }

/**
 * Verifies `files`, oldest first. `head` is the last known record: the log must reach it and have exactly it.
 * `start` is the record before the first one, for a log whose oldest files were removed.
 * Rejects only when a stream does.
 */
export async function verifyAudit(
  files: readonly LogBytes[],
  head: Head | null = null,
  start: Head = GENESIS,
): Promise<Verdict> {
  const walk = createWalk(start)
  const at = { file: files[0]?.name ?? '', line: 0, stray: null as Place | null, torn: 0, unfinished: 0 }
  const place = (): Place => ({ file: at.file, line: at.line })

  function take(line: Buffer): Verdict | null {
    const strays = walk.strays().length
    at.line += 1
    if (!walk.take(line)) {
      at.stray ??= place()
      return walk.strays().length > MAX_STRAYS ? broken(at.stray, walk) : null
    }
    at.torn += strays
    at.stray = null
    const reached = walk.head()
    if (reached.seq !== head?.seq || reached.hash === head.hash) return null
    return {
      ok: false,
      ...place(),
      seq: reached.seq,
      what: `is not the record that was stored as the head (${head.hash})`,
    }
  }

  for (const { name, bytes } of files) {
    if (at.unfinished > 0) return { ok: false, ...place(), what: 'has no newline after it, but more files follow' }
    Object.assign(at, { file: name, line: 0 })
    const splitter = createSplitter()
    for await (const piece of bytes) {
      const lines = attempt(() => splitter.push(piece))
      if (lines === null) return { ok: false, file: name, line: at.line + 1, what: 'is longer than any record' }
      for (const line of lines) {
        const verdict = take(line)
        if (verdict) return verdict
      }
    }
    at.unfinished = splitter.rest().length
  }
  if (at.stray) return broken(at.stray, walk)
  const last = walk.head()
  if (head && last.seq < head.seq) return cutOff(place(), last, head)
  const records = last.seq - start.seq
  const { torn, unfinished } = at
  return { ok: true, records, first: records > 0 ? start.seq + 1 : null, last, torn, unfinished }
}

function broken(place: Place, walk: Walk): Verdict {
  const [first] = walk.strays()
  const seq = first?.seq ?? null
  return { ok: false, ...place, ...(seq !== null && { seq }), what: first?.why ?? '' }
}

function cutOff(place: Place, last: Head, head: Head): Verdict {
  const what = `is the end, but the last record written was ${head.seq}: the tail was cut off`
  return { ok: false, ...place, ...(last.seq > 0 && { seq: last.seq }), what }
}

function attempt<T>(act: () => T): T | null {
  try {
    return act()
  } catch {
    return null
  }
}
