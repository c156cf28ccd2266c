/** Owns what tells possible worlds apart: orders of what came at once, and tokens that work where they must not. Sends nothing. */

import type { Answer } from '../support/street.ts'
import {
  type Act,
  accessWorks,
  type Moment,
  type Outcome,
  type Refresh,
  refreshWorks,
  type World,
} from './model.ts'
import { ASKING } from './realm.ts'
import type { Issued } from './resolution.ts'
import { verdict } from './words.ts'

export const isSame = (one: Refresh, other: Refresh): boolean =>
  one.session === other.session &&
  one.generation === other.generation &&
  one.signer === other.signer

/** Whether each token was let in, in the order in which they were issued. */
interface Seen {
  access: boolean[]
  refresh: boolean[]
}

/** In words; none when all that was seen fits the world. */
export function wrongTokens(
  world: World,
  { access, refresh }: Issued,
  seen: Seen,
  moment: Moment,
): string[] {
  return [
    ...access.flatMap((token, place) =>
      accessWorks(world, token, moment) === seen.access[place]
        ? []
        : [`access token ${place} of session ${token.session} ${verdict(seen.access[place])}`],
    ),
    ...refresh.flatMap((token, place) => {
      // Nobody is told of a refresh token of another client.
      const works = token.client === ASKING && refreshWorks(world, token, moment)
      const { generation, session } = token
      return works === seen.refresh[place]
        ? []
        : [`refresh token ${generation} of session ${session} ${verdict(seen.refresh[place])}`]
    }),
  ]
}

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
