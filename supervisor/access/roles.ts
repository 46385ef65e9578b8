// Reads roles.yaml: who has which role. It grants nothing; what a role may do is for the policies to say.
import { z } from 'zod'
import type { Fault } from '../errors.ts'
import { faultAt } from '../registry/place.ts'
import { readYaml } from '../yaml.ts'

const ROLE = /^[a-z][a-z0-9-]{0,39}$/
// DingTalk's userid is at most 64 characters; a Linux user's name at most 32, but directories hand out longer ones.
const DINGTALK = /^dingtalk:[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}$/
const TERMINAL = /^terminal:[A-Za-z0-9_][A-Za-z0-9_@.-]{0,63}\$?$/
/** Any local user: the admin socket knows which one it is, for the caller has proved a uid. */
const ANY_TERMINAL = 'terminal:*'

const rolesSchema = z.strictObject({
  roles: z.record(
    z.string().regex(ROLE, 'is not a role’s name — Write 1 to 40 of a-z, 0-9 and "-", a letter first'),
    z.strictObject({
      people: z
        .array(
          z
            .string()
            .refine(
              (text) => text === ANY_TERMINAL || isPerson(text),
              'is not a person — Write dingtalk:STAFF_ID, terminal:USER or terminal:*',
            ),
        )
        .default([])
        .describe('Who has the role'),
      departments: z
        .array(z.union([z.string().min(1), z.int()]))
        .default([])
        .describe('DingTalk departments whose members have the role'),
    }),
  ),
})

/** Replaced whole, never changed. */
export type Roles = {
  readonly names: readonly string[]
  /** The roles of a person, in the file's order; none for anything that is not a person's full id. */
  rolesOf(person: string): readonly string[]
}

/** The roles in the text of roles.yaml, and what of it has no effect yet; or every fault in it. */
export function parseRoles(text: string, file: string): { roles: Roles; warnings: Fault[] } | { faults: Fault[] } {
  const read = readYaml(text, file, rolesSchema)
  if ('faults' in read) return { faults: read.faults }
  const roles = Object.entries(read.value.roles)
  const members = roles.map(([name, { people }]) => [name, new Set(people)] as const)
  const warnings = roles.flatMap(([name, { departments }]) => {
    const at = { file, ...read.source.position(['roles', name, 'departments'], 'key') }
    const cure = 'List the people, until departments can be looked up'
    return departments.length > 0 ? [faultAt(at, `the departments of ${name} are not looked up yet`, cure)] : []
  })
  const rolesOf = (person: string): readonly string[] => {
    if (!isPerson(person)) return []
    const ids = TERMINAL.test(person) ? [person, ANY_TERMINAL] : [person]
    return members.filter(([, people]) => ids.some((id) => people.has(id))).map(([name]) => name)
  }
  return { roles: Object.freeze({ names: Object.freeze(roles.map(([name]) => name)), rolesOf }), warnings }
}

function isPerson(text: string): boolean {
  return DINGTALK.test(text) || TERMINAL.test(text)
}
