/** Owns what tells possible worlds apart: orders of what came at once, and what got ahead of what. Sends nothing. */

import type { Answer } from '../support/street.ts'
import type { Act, Outcome, Refresh, World } from './model.ts'

export const isSame = (one: Refresh, other: Refresh): boolean =>
  one.session === other.session &&
  one.generation === other.generation &&
  one.signer === other.signer

/** The check of a token and the act are two questions, and another's act may come between: it finds no session, not no token. */
export const overtaken = (act: Act, outcome: Outcome, { status }: Answer): Outcome | null =>
  act.do === 'end session' && outcome.status === 401 && status === 404
    ? { ...outcome, status }
    : null

export const distinct = (worlds: World[]): World[] =>
  worlds.length < 2
    ? worlds
    : [...new Map(worlds.map((one) => [JSON.stringify(one), one])).values()]

export function ordersOf<Item>(items: Item[]): Item[][] {
  if (items.length < 2) return [items]
  return items.flatMap((first, place) =>
    ordersOf(items.filter((_, other) => other !== place)).map((rest) => [first, ...rest]),
  )
}
