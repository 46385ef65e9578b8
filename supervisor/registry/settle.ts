// Decides which of the plugins just read, and of those loaded before, are loaded now. Pure.
import type { Fault } from '../errors.ts'
import { faultAt } from './place.ts'
import type { Candidate, Draft } from './read-plugin.ts'

/** Loaded plugins by name, before and after. */
type Loaded = ReadonlyMap<string, Draft>

/**
 * A file with a fault keeps what it gave before. A name belongs to the file that gave it before, as long as that file is there;
 * among files that are all new to it, it belongs to none. `isLost` tells files that are there but could not be looked at.
 */
export function settle(
  candidates: readonly Candidate[],
  before: Loaded,
  isLost: (file: string) => boolean,
): { readonly plugins: Loaded; readonly faults: readonly Fault[] } {
  const faulty = new Set(candidates.filter(({ draft }) => draft === null).map(({ file }) => file))
  const collisions = new Map<string, Fault>()
  const keeps = (draft: Draft) => faulty.has(draft.file) || isLost(draft.file)
  const sound = () => candidates.filter(({ draft, file }) => draft !== null && !faulty.has(file))

  // A collision makes a file faulty, which may keep an older name of that file, which may collide in turn.
  for (let settled = false; !settled;) {
    settled = true
    const rest = sound()
    for (const candidate of rest) {
      const rival = rivalOf(candidate, rest, before, keeps)
      if (rival === null) continue
      settled = false
      collisions.set(candidate.file, collision(candidate, rival))
    }
    for (const file of collisions.keys()) faulty.add(file)
  }

  const kept = [...before.values()].filter(keeps)
  const fresh = sound().flatMap(({ draft }) => (draft ? [draft] : []))
  const plugins = [...kept, ...fresh].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    plugins: new Map(plugins.map((draft) => [draft.name, draft])),
    faults: [...candidates.flatMap(({ faults }) => faults), ...collisions.values()],
  }
}

/** The file to which a candidate loses its name, or null. */
function rivalOf(
  { draft, file }: Candidate,
  sound: readonly Candidate[],
  before: Loaded,
  keeps: (draft: Draft) => boolean,
): string | null {
  if (draft === null) return null
  const owner = before.get(draft.name)
  if (owner && owner.file !== file && keeps(owner)) return owner.file
  if (owner?.file === file) return null
  return sound.find((other) => other.file !== file && other.draft?.name === draft.name)?.file ?? null
}

function collision({ draft, place }: Candidate, rival: string): Fault {
  const what = `the plugin name ${JSON.stringify(draft?.name ?? '')} is also claimed by ${rival}`
  return faultAt(place, what, 'Give one of the two another name, or remove it')
}
