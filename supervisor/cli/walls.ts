// Which walls around a plugin's process are missing on this machine, for whoever must say so.
import { WALLS } from '../io/child.ts'

export function missingWalls(): string[] {
  return Object.entries(WALLS).flatMap(([wall, up]) => (up ? [] : [wall]))
}
