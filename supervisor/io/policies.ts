// Reads what lies in the policies directory, as text. What it means is for access/.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from '../errors.ts'
import type { PolicyTexts } from '../rulebook.ts'
import { readText } from './read-text.ts'

const MAX_BYTES = 1 << 20

/** roles.yaml and every *.cedar, by name. What is missing or unreadable is a fault, never an empty file. */
export async function readPolicies(directory: string): Promise<PolicyTexts> {
  const faults: Fault[] = []
  const read = (name: string): { name: string; text: string } => {
    const file = join(directory, name)
    const found = readText(file, MAX_BYTES)
    if ('text' in found) return { name: file, text: found.text }
    faults.push({
      file,
      line: 1,
      column: 1,
      what: `this file cannot be read (${found.code})`,
      cure: 'Put it there, readable for the user that Molten runs as',
    })
    return { name: file, text: '' }
  }
  let names: string[] = []
  try {
    names = readdirSync(directory).filter((name) => name.endsWith('.cedar'))
  } catch {
    // The missing roles.yaml says it.
  }
  return { roles: read('roles.yaml'), policies: names.sort().map(read), faults }
}
