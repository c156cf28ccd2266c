/** Owns the long run: random sequences on several realms at once until enough was done, and how a failure is told. Never part of `npm test`. */

import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { createProgress } from '../support/progress.ts'
import { openRealm, type Realm } from './realm.ts'
import { newTally, play } from './sequence.ts'
import { totalLine } from './settings.ts'
import { type Step, sequences } from './steps.ts'

const settings = inject('model')

/** Sequences from one seed: few, so that a failure is found again soon. */
const BATCH = 25

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
  const { steps: wanted, runs, lanes, seed, path } = settings
  const tally = newTally()
  let begun = 0
  /** Of the lane that has failed: while it is being shrunk, the others only stand in its way. */
  let failed: number | null = null
  const progress = createProgress(
    (line) => console.log(`This worker: ${line}`),
    runs > 0 ? runs : wanted,
    runs > 0 ? 'sequences' : 'steps',
  )
  const isOver = () => failed !== null || (runs > 0 ? begun >= runs : tally.steps >= wanted)

  const playBatch = async (realm: Realm, lane: number, from: number): Promise<string | null> => {
    let played = 0
    const property = fc.asyncProperty(sequences, async (steps: Step[]) => {
      if (failed !== lane) {
        if (isOver()) return
        begun++
      }
      try {
        await play(realm, steps, tally)
        if (failed === null) progress(runs > 0 ? begun : tally.steps)
      } catch (error) {
        if (failed === null) played = tally.steps
        failed ??= lane
        if (failed === lane) throw error
      }
    })
    const found = await fc.check(property, {
      numRuns: BATCH,
      seed: from,
      ...(path === '' ? {} : { path, endOnFailure: true }),
    })
    if (!found.failed) return null
    const { steps, error } = await reduce(realm, found.counterexample?.[0] ?? [])
    const kept = steps.map((step) => `  ${JSON.stringify(step)},`).join('\n')
    return `${error ?? String(found.errorInstance)}

Found by this worker after ${played} steps, and shrunk to these, to be kept in test/model/kept.test.ts:
${kept}

Again: npm run test:model -- --seed ${found.seed} --path ${found.counterexamplePath}`
  }

  const runLane = async (lane: number): Promise<string | null> => {
    const realm = await openRealm()
    for (let batch = 0; !isOver(); batch++) {
      const failure = await playBatch(realm, lane, seed + lane + batch * lanes)
      if (failure !== null) return failure
    }
    return null
  }

  const failures = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
  console.log(JSON.stringify(tally.kinds))
  console.log(totalLine(tally))
  expect(failures.filter((failure) => failure !== null).join('\n\n')).toBe('')
  if (tally.steps >= 1000) expect(tally.limited, 'answers of a full limiter').toBeGreaterThan(0)
  expect(tally.unasked, 'answers of 503 without a fault').toBeLessThanOrEqual(tally.tries / 100)
})
