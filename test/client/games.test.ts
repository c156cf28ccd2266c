/** Random games of people, tabs and networks in one browser, on the real service: what a logout is told to have come to is true, nothing is lost in silence, and nobody is signed out who did not ask. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogoutScope } from '../../src/client/types.ts'
import { KINDS, NETWORKS, playGame, type Step } from '../support/browser-game.ts'

/** `GAMES=1000 GAMES_SEED=7 npx vitest run --project node test/client/games` plays others; a failure says how to see it again. */
const { GAMES = '50', GAMES_SEED = '1', GAMES_PATH } = process.env

const doing = <Name extends Step['do']>(...names: Name[]) => ({ do: fc.constantFrom(...names) })
const tab = fc.nat(2)
const who = fc.nat(1)
const kind = fc.nat(KINDS.length - 1)
const scope = fc.constantFrom<LogoutScope[]>('local', 'others', 'global')
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const leaves = fc.record({ ...doing('log out'), tab, scope, hasty: fc.boolean() })
const enters = fc.record({ ...doing('sign in'), tab, who })
const moves = fc.record({ ...doing('close', 'reload', 'refresh', 'look'), tab })
const waits = fc.record({ ...doing('pass'), seconds: fc.constantFrom(2, 20, 130) })
const isUp: Step = { do: 'network', is: 'up' }

const anything: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: leaves },
  { weight: 4, arbitrary: enters },
  { weight: 3, arbitrary: moves },
  { weight: 2, arbitrary: waits },
  fc.record({ ...doing('open'), kind }),
  fc.record({ ...doing('network'), is: fc.constantFrom(...NETWORKS) }),
  fc.record({
    ...doing('sleep'),
    seconds: fc.constantFrom(10 * MINUTE, HOUR, 8 * DAY, 31 * DAY),
  }),
  fc.oneof(
    fc.record({ ...doing('room'), isFull: fc.boolean() }),
    fc.record(doing('empty the storage')),
    fc.record({ ...doing('elsewhere: sign in', 'elsewhere: log out'), who }),
  ),
)

/** What a network does to a person is short, and of what they do then a logout matters most. */
const trouble: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.record({ ...doing('network'), is: fc.constantFrom(...NETWORKS) }),
    fc.oneof({ weight: 3, arbitrary: leaves }, enters, moves),
    fc.array(anything, { maxLength: 1 }),
  )
  .map(([network, first, more]) => [network, first, ...more, isUp])

/** Somebody is there to begin with, in two tabs of one kind or of two: most of it would be about nobody else. */
const games = fc
  .tuple(
    kind,
    fc.option(kind, { freq: 1 }),
    who,
    fc.array(
      fc.oneof(
        trouble,
        anything.map((step) => [step]),
      ),
      { minLength: 3, maxLength: 8, size: 'max' },
    ),
  )
  .map(([first, second, other, more]): Step[] => [
    { do: 'open', kind: first },
    { do: 'sign in', tab: 0, who: 0 },
    { do: 'open', kind: second ?? first },
    ...(second === null ? [] : [{ do: 'sign in', tab: 1, who: other } as const]),
    ...more.flat(),
  ])

test('no game in a browser is lost', { timeout: 0 }, async () => {
  const found = await fc.check(fc.asyncProperty(games, playGame), {
    numRuns: Number(GAMES),
    seed: Number(GAMES_SEED),
    ...(GAMES_PATH && { path: GAMES_PATH, endOnFailure: true }),
  })
  const played = found.counterexample?.[0].map((step, i) => `  ${i + 1} ${JSON.stringify(step)}`)
  expect(
    found.failed &&
      `${found.errorInstance}\n${played?.join('\n')}\nAgain: GAMES_SEED=${found.seed} GAMES_PATH=${found.counterexamplePath}`,
  ).toBe(false)
})
