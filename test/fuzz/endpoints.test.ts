/** Bad input to every operation of the document: whatever is sent, the answer is one that is documented, and nobody else is harmed. */

import fc from 'fast-check'
import { expect, inject, test, vi } from 'vitest'
import type { OperationId } from '../../src/contract/operations.ts'
import { exchange } from './exchange.ts'
import { type Recipe, readRecipe } from './recipe.ts'
import { ids, requests } from './requests.ts'
import { createTally } from './tally.ts'
import { openWorld } from './world.ts'

/** These ask for nothing that could be wrong. */
const NEVER_REFUSED: OperationId[] = ['home', 'health', 'openApi', 'jwks', 'metadata']
/** Requests between two looks at whether the bystander is still signed in. */
const LOOK_EVERY = 500
/** Milliseconds for finding a smaller request that fails too. */
const SHRINK_FOR = 30_000

const { requests: demanded, seed, replay } = inject('fuzz')
const say = console.log

test('every answer is as documented', async () => {
  const world = await openWorld()
  const tally = createTally()
  const printed: string[] = []
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation((...said: unknown[]) => {
      printed.push(said.map(String).join(' '))
    })

  let sent = 0
  let firstFailure: number | null = null
  const send = async (recipe: Recipe): Promise<void> => {
    if (firstFailure !== null && performance.now() - firstFailure > SHRINK_FOR) return
    try {
      const { id, status, ms, complaints } = await exchange(world, recipe, printed)
      if (complaints.length > 0) throw new Error(complaints.join('\n'))
      if (firstFailure === null) tally.count(id, status, ms)
      if (++sent % LOOK_EVERY === 0 && !(await world.bystanderIsIn()))
        throw new Error(`Within the last ${LOOK_EVERY} requests the bystander was signed out.`)
    } catch (error) {
      firstFailure ??= performance.now()
      throw error
    }
  }

  try {
    if (replay !== null) return await send(readRecipe(replay))
    const found = await fc.check(fc.asyncProperty(requests, send), { numRuns: demanded, seed })
    if (found.failed) {
      const [recipe] = found.counterexample ?? []
      const why = found.errorInstance instanceof Error ? found.errorInstance.message : ''
      expect.fail(
        `After ${found.numRuns - 1} requests with seed ${seed}, made smaller ${found.numShrinks} times:\n${why}\n\nSend it again: npm run test:fuzz -- --replay ${quoted(JSON.stringify(recipe))}`,
      )
    }
    expect(await world.bystanderIsIn(), 'the bystander is still signed in').toBe(true)
    expect(Object.keys(Object.prototype), 'what all objects have now').toEqual([])
    expect(tally.shortfalls(demanded, ids, NEVER_REFUSED)).toEqual([])
  } finally {
    vi.restoreAllMocks()
    if (replay === null) say(tally.lines().join('\n'))
  }
})

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
