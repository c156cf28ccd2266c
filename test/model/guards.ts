/** Owns the resource servers beside a deployment: a guard of each mode on its clock and its keys. Judges nothing. */

import type { Guard } from '../../src/guard/index.ts'
import { ask, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import type { Street } from '../support/street.ts'

export interface Guards {
  strict: Guard
  lists: Guard
  /** Puts a new list guard in the place of the old one, which knows the lists of an earlier sequence. */
  clear: () => void
}

/** No tolerance for clocks, as in the service. */
const exact = { clockTolerance: 0 }

export async function openGuards(street: Street, reads: 'primary' | 'replica'): Promise<Guards> {
  const { body } = await street.call('GET', '/.well-known/jwks.json')
  const line = lineTo(street)
  const keys = body as unknown as { keys: [] }
  const guards: Guards = {
    strict: strictGuard(street, line, { ...exact, keys }, reads),
    lists: listGuard(street, line, exact),
    clear() {
      line.forget()
      guards.lists = listGuard(street, line, exact)
    },
  }
  return guards
}

/** Whether a guard lets a token in. Null: it could not know. */
export async function tryGuard(guard: Guard, token: string): Promise<boolean | null> {
  const answer = await ask(guard, token)
  return answer === 'unknown' ? null : answer === 'passes'
}
