/** Owns the comparison of tokens and worlds, and the orders in which acts that were sent at once may be done. Sends nothing. */

import type { Answer } from '../support/street.ts'
import type { Act, Outcome, Refresh, World } from './model.ts'

export const isSame = (one: Refresh, other: Refresh): boolean =>
  one.session === other.session &&
  one.generation === other.generation &&
  one.signer === other.signer

/** 'end session' checks the token and acts in two trips: 404, not 401, when another act ends the caller's session between. */
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
