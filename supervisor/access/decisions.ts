// Turns Cedar's yes or no into Molten's decisions: who has no role, what an approval would change. Whatever goes wrong in here is a no.
import type { Code } from '../errors.ts'
import type { Decision } from './decision.ts'
import { createQuestions, type About, type CallQuestion, type CommandQuestion, type Question } from './questions.ts'
import type { Roles } from './roles.ts'
import type { PolicySchema } from './schema.ts'

export type Policy = {
  /** May the person run the command? `approvals` is how many it has (0 when absent); `ask` says how many it needs in all. */
  decide(question: CommandQuestion & { readonly approvals?: number }): Decision
  /** Might the person run the command for some arguments, with or without approvals? For what help shows; never to decide. */
  might(question: Omit<CommandQuestion, 'args'>): boolean
  /** May the plugin make the call, which its grant covers? Yes, unless a rule forbids it. */
  decideCall(question: CallQuestion): Decision
  /** May the person use a power that is not a command? */
  may<Power extends keyof About>(person: string, power: Power, about: About[Power]): Decision
}

/** `failed`: some rule erred, so that nothing can be known. `rules` are those that decided, or that erred. */
export type Answer = { readonly allowed: boolean; readonly failed: boolean; readonly rules: readonly string[] }

// A command that needs more has no rule that fits it, and is denied.
const MOST_APPROVALS = 3

type Ask = (question: Question) => Answer

/**
 * Decisions by `ask`, which answers one question and may throw. None of them throws. `askOpen` answers as if every rule
 * over arguments went the person's way.
 */
export function createDecisions(ask: Ask, askOpen: Ask, schema: PolicySchema, roles: Roles): Policy {
  const questions = createQuestions(schema, roles)

  function answer(question: Question | null, by: Ask = ask): Answer {
    if (!question) return { allowed: false, failed: true, rules: [] }
    try {
      return by(question)
    } catch {
      return { allowed: false, failed: true, rules: [] }
    }
  }

  return Object.freeze<Policy>({
    decide({ approvals = 0, ...question }) {
      // Before any rule, so that one over everybody is one over everybody with a role.
      if (roles.rolesOf(question.person).length === 0) return deny('NO_ROLE')
      const first = answer(questions.command(question, approvals))
      if (first.allowed || first.failed) return decided(first, 'POLICY_DENIED')
      for (let needed = approvals + 1; needed <= MOST_APPROVALS; needed++) {
        const later = answer(questions.command(question, needed))
        if (later.failed) break
        if (later.allowed)
          return { effect: 'ask', approvals: needed, rules: [...new Set([...first.rules, ...later.rules])] }
      }
      return decided(first, 'POLICY_DENIED')
    },

    might(question) {
      if (roles.rolesOf(question.person).length === 0) return false
      for (let approvals = 0; approvals <= MOST_APPROVALS; approvals++) {
        if (answer(questions.anyArgs(question, approvals), askOpen).allowed) return true
      }
      return false
    },

    decideCall(question) {
      return decided(answer(questions.call(question)), 'CALL_DENIED')
    },

    may(person, power, about) {
      if (roles.rolesOf(person).length === 0) return deny('NO_ROLE')
      return decided(answer(questions.power(person, power, about)), 'POLICY_DENIED')
    },
  })
}

function decided({ allowed, rules }: Answer, refusal: Code): Decision {
  return allowed ? { effect: 'allow', rules } : deny(refusal, rules)
}

function deny(code: Code, rules: readonly string[] = []): Decision {
  return { effect: 'deny', code, rules }
}
