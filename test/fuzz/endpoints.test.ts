/** Bad input to every operation of the document: whatever is sent, the answer is one that is documented, and nobody else is harmed. */

import fc from 'fast-check'
import { expect, inject, test, vi } from 'vitest'
import type { OperationId } from '../../src/contract/operations.ts'
import { createProgress } from '../support/progress.ts'
import { exchange } from './exchange.ts'
import { type Recipe, readRecipe } from './recipe.ts'
import { ids, requests } from './requests.ts'
import { createTally } from './tally.ts'
import { openWorld } from './world.ts'

/** These ask for nothing that could be wrong. */
const NEVER_REFUSED: OperationId[] = ['home', 'health', 'openApi', 'jwks', 'metadata']
/** Below this it is left to chance which operations were met with what. */
const MEETS_ALL = 5000
/** Each has a service, a database and people of its own, and goes on while others wait for Redis. */
const LANES = 3
/** Requests of a lane. */
const FORGET_EVERY = 500
/** Milliseconds for finding a smaller request that fails too. */
const SHRINK_FOR = 30_000

const { requests: demanded, seed, replay } = inject('fuzz')
const say = console.log

test('every answer is as documented', async () => {
  const tally = createTally()
  const progress = createProgress(say, demanded, 'requests')
  const printed: string[] = []
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation((...said: unknown[]) => {
      printed.push(said.map(String).join(' '))
    })
  // Where no console hears of it, workerd writes down the type of whatever is read as text and is none.
  const { text } = Request.prototype
  vi.spyOn(Request.prototype, 'text').mockImplementation(function (this: Request) {
    const type = this.headers.get('Content-Type')
    if (!/^(text\/|application\/json\b)/i.test(type ?? 'text/'))
      printed.push(`read as text: ${type}`)
    return text.call(this)
  })
  /** The lane that found something: it looks for less, the others are done. */
  let failed: { lane: number; at: number } | null = null

  async function run(lane: number, count: number): Promise<string | null> {
    const world = await openWorld({ tight: lane === 0 && replay === null })
    let sent = 0
    const send = async (recipe: Recipe): Promise<void> => {
      if (failed && (failed.lane !== lane || performance.now() - failed.at > SHRINK_FOR)) return
      try {
        const { id, status, ms, complaints } = await exchange(world, recipe, printed)
        if (complaints.length > 0) throw new Error(complaints.join('\n'))
        if (replay !== null) say(`${id ?? 'No operation'} answered ${status}, as documented.`)
        if (!failed) tally.count(id, status, ms)
        progress(tally.total())
        // What was asked of Redis would fill the memory, and nobody reads it here.
        if (++sent % FORGET_EVERY === 0) await world.street.redis.forget()
      } catch (error) {
        failed ??= { lane, at: performance.now() }
        throw error
      }
    }
    if (replay !== null) {
      await send(readRecipe(replay))
      return null
    }
    const found = await fc.check(fc.asyncProperty(requests, send), {
      numRuns: count,
      seed: seed + lane,
    })
    if (!found.failed) return (await world.bystanderIsIn()) ? null : 'The bystander was signed out.'
    const why = found.errorInstance instanceof Error ? found.errorInstance.message : ''
    const [recipe] = found.counterexample ?? []
    return `With seed ${seed}, made smaller ${found.numShrinks} times:\n${why}\n\nSend it again: npm run test:fuzz -- --replay ${quoted(JSON.stringify(recipe))}`
  }

  try {
    const lanes = replay === null ? LANES : 1
    const found = await Promise.all(
      Array.from({ length: lanes }, (_, lane) => run(lane, Math.ceil(demanded / lanes))),
    )
    expect(found.filter((complaint) => complaint !== null).join('\n\n')).toBe('')
    expect(Object.keys(Object.prototype), 'what all objects have now').toEqual([])
    if (replay !== null) return
    const all = demanded >= MEETS_ALL ? ids : []
    expect(tally.shortfalls(demanded, all, NEVER_REFUSED)).toEqual([])
    if (demanded >= MEETS_ALL) expect(tally.answered(429), 'met quotas').toBeGreaterThan(0)
  } finally {
    vi.restoreAllMocks()
    if (replay === null) say(tally.lines().join('\n'))
  }
})

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
