/** Owns the trying of every token ever issued, at the service and at the guards: what is seen, and what must be. Ends nothing. */

import { tryGuard } from './guards.ts'
import { accessWorks, type Moment, RULES, refreshWorks, serviceWorks, type World } from './model.ts'
import { ASKING, type Deployment, tryAccess, tryRefresh, tryService } from './realm.ts'
import type { Issued } from './resolution.ts'
import { verdict } from './words.ts'

export interface Trial {
  /** In words. */
  what: string
  passed: boolean
  /** Whether the token must pass; null: it may or may not. */
  mustPass: (world: World) => boolean | null
}

/** Asks again after a null, and counts it: a busy machine is no fault. */
export type Sure = (ask: () => Promise<boolean | null>) => Promise<boolean>

interface Place {
  deployment: Deployment
  moment: Moment
  sure: Sure
}

/** In words; none when all that was seen fits the world. */
export const wrongIn = (world: World, trials: Trial[]): string[] =>
  trials.flatMap(({ what, passed, mustPass }) => {
    const right = mustPass(world)
    return right === null || right === passed ? [] : [`${what} ${verdict(passed)}`]
  })

/** Tries the service and a strict guard, which know of an ending at once. */
export async function tryAtOnce(issued: Issued, place: Place): Promise<Trial[]> {
  const { deployment, moment, sure } = place
  const { street, guards } = deployment
  const never = () => false
  const both = (
    what: string,
    text: string,
    ask: () => Promise<boolean | null>,
    mustPass: Trial['mustPass'],
  ): Promise<Trial>[] => [
    sure(ask).then((passed) => ({ what, passed, mustPass })),
    sure(() => tryGuard(guards.strict, text)).then((passed) => ({
      what: `at a strict guard ${what}`,
      passed,
      mustPass,
    })),
  ]
  return Promise.all([
    ...issued.access.flatMap((token) =>
      both(
        `access token ${token.place} of session ${token.session}`,
        token.text,
        () => tryAccess(street, token.text),
        (world) => accessWorks(world, token, moment),
      ),
    ),
    ...issued.services.flatMap((token) =>
      both(
        `service token ${token.place}`,
        token.text,
        () => tryService(street, token.text),
        (world) => serviceWorks(world, token, moment),
      ),
    ),
    ...issued.tickets.flatMap(({ text, session }) => [
      ...both(
        `a ticket of session ${session} as access token`,
        text,
        () => tryAccess(street, text),
        never,
      ),
      sure(() => tryRefresh(street, text)).then((passed) => ({
        what: `a ticket of session ${session} as refresh token`,
        passed,
        mustPass: never,
      })),
    ]),
    ...issued.refresh.map(async (token): Promise<Trial> => {
      const { generation, session, text, client } = token
      return {
        what: `refresh token ${generation} of session ${session}`,
        passed: await sure(() => tryRefresh(street, text)),
        // /introspect calls a refresh token of another client inactive.
        mustPass: (world) => client === ASKING && refreshWorks(world, token, moment),
      }
    }),
  ])
}

/** Tries a status-list guard: it must let in whatever lives, and refuse what ended at least the life of a list ago. */
export async function tryByLists(
  issued: Issued,
  { deployment, moment }: Place,
  actedAt: number,
): Promise<Trial[]> {
  const { lists } = deployment.guards
  const isDue = moment.now - actedAt >= RULES.list
  const asked = [
    ...issued.access.map((token) => ({
      token,
      what: `access token ${token.place} of session ${token.session}`,
      mustPass: (world: World) => accessWorks(world, token, moment) || (isDue ? false : null),
    })),
    // No list says that a service token ended, so the guard must always refuse it.
    ...issued.services.map((token) => ({
      token,
      what: `service token ${token.place}`,
      mustPass: () => false,
    })),
  ]
  const trials = await Promise.all(
    asked.map(async ({ token, what, mustPass }) => {
      const passed = await tryGuard(lists, token.text)
      return passed === null ? [] : [{ what: `at a status-list guard ${what}`, passed, mustPass }]
    }),
  )
  return trials.flat()
}
