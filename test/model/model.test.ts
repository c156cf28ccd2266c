/** Owns the long run: random sequences on several realms at once, how a failure is told, and that enough was done. Never part of `npm test`. */

import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { openRealm, type Realm } from './realm.ts'
import { newTally, play } from './sequence.ts'
import { totalLine } from './settings.ts'
import { type Step, sequences } from './steps.ts'

const { runs, seed, path, lanes } = inject('model')

/** Chance shrinks from the front; what is left over is taken out step by step. Null: it did not fail again. */
async function reduce(
  realm: Realm,
  found: Step[],
): Promise<{ steps: Step[]; error: string | null }> {
  let steps = found
  let error: string | null = null
  const failure = async (tried: Step[]): Promise<string | null> =>
    play(realm, tried, newTally()).then(() => null, String)
  for (let place = found.length; place >= 0; place--) {
    const fewer = steps.filter((_, other) => other !== place)
    const again = await failure(fewer)
    if (again === null) continue
    steps = fewer
    error = again
  }
  return { steps, error }
}

test('no sequence fools the model', { timeout: 0 }, async () => {
  const tally = newTally()
  let failed = false

  const runLane = async (lane: number): Promise<string | null> => {
    const realm = await openRealm()
    let isOwn = false
    const property = fc.asyncProperty(sequences, async (steps: Step[]) => {
      // Another lane has failed, and is being shrunk: this one only stands in its way.
      if (failed && !isOwn) return
      try {
        await play(realm, steps, tally)
      } catch (error) {
        failed = true
        isOwn = true
        throw error
      }
    })
    const found = await fc.check(property, {
      numRuns: Math.ceil(runs / lanes),
      seed: seed + lane,
      ...(path === '' ? {} : { path, endOnFailure: true }),
    })
    if (!found.failed) return null
    const again = `npm run test:model -- --seed ${found.seed} --path ${found.counterexamplePath}`
    const [counterexample = []] = found.counterexample ?? []
    const { steps: least, error } = await reduce(realm, counterexample)
    const steps = least.map((step) => `  ${JSON.stringify(step)},`).join('\n')
    return `${error ?? String(found.errorInstance)}\n\nThe steps, to be kept in test/model/kept.test.ts:\n${steps}\n\nAgain: ${again} (shrunk ${found.numShrinks} times)`
  }

  const failures = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
  console.log(JSON.stringify(tally.kinds))
  console.log(totalLine(tally))
  expect(failures.filter((failure) => failure !== null).join('\n\n')).toBe('')
  expect(tally.unasked, 'answers of 503 without a fault').toBeLessThanOrEqual(tally.tries / 1000)
})
