// Tells that something below a folder changed: by events where the kernel gives them, by a slow look where it does not.
// It never says what; whoever is told reads everything.
import { watch, type FSWatcher } from 'node:fs'
import { fingerprint } from './fingerprint.ts'

export type WatchOptions = {
  /** Milliseconds without events before a change is told, and the most that a change waits for them. */
  quiet?: number
  patience?: number
  /** Milliseconds between two looks; more when looks would take more than a fiftieth of the time. */
  interval?: number
}

export type FolderWatch = {
  /** Settled once changes are noticed. */
  readonly ready: Promise<void>
  readonly close: () => void
}

/**
 * Calls `onChange` after changes below `folders`, soon enough that they take effect within two seconds. Folders may be
 * missing, vanish and come back. One call may stand for many changes, or for an event that changed nothing.
 */
export function watchFolders(
  folders: readonly string[],
  onChange: () => void,
  { quiet = 100, patience = 500, interval = 1_000 }: WatchOptions = {},
): FolderWatch {
  let watchers: FSWatcher[] = []
  let seen: string | null = null
  let isLooking = false
  let isClosed = false
  let firstEvent: number | null = null
  let quietTimer: NodeJS.Timeout | undefined
  let lookTimer: NodeJS.Timeout | undefined

  function onEvent(): void {
    const now = performance.now()
    firstEvent ??= now
    clearTimeout(quietTimer)
    quietTimer = setTimeout(() => void look(true), Math.min(quiet, Math.max(0, firstEvent + patience - now)))
  }

  async function look(byEvent: boolean): Promise<void> {
    // An event during a look may be of something that the look has passed already.
    if (isLooking) return byEvent ? onEvent() : undefined
    if (byEvent) firstEvent = null
    isLooking = true
    clearTimeout(lookTimer)
    const began = performance.now()
    const found = await fingerprint(folders)
    isLooking = false
    if (isClosed) return

    const isChanged = seen !== null && (byEvent || found.text !== seen)
    if (isChanged || seen === null) watchAnew(found.folders)
    seen = found.text
    lookTimer = setTimeout(() => void look(false), Math.max(interval, 50 * (performance.now() - began)))
    if (isChanged) onChange()
  }

  /** All of them, because the watcher of a folder that was removed and made again would be deaf; new ones before old ones go. */
  function watchAnew(found: readonly string[]): void {
    const old = watchers
    watchers = found.flatMap((folder) => open(folder, onEvent) ?? [])
    for (const watcher of old) watcher.close()
  }

  return {
    ready: look(false),
    close() {
      isClosed = true
      clearTimeout(quietTimer)
      clearTimeout(lookTimer)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** Null when the kernel has no watch left or the folder is gone: then the next look notices. */
function open(folder: string, onEvent: () => void): FSWatcher | null {
  try {
    return watch(folder, onEvent).on('error', () => undefined)
  } catch {
    return null
  }
}
