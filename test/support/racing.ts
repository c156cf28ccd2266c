/** Owns what a race is made of: chance that can be repeated, and starts that lie a few trips to Redis apart. Never sleeps. */

import { expect, inject } from 'vitest'
import type { Street } from './street.ts'

/** Chance from a seed (mulberry32): the same seed gives the same numbers. */
export interface Chance {
  /** A whole number below `bound`. */
  below: (bound: number) => number
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return {
    below(bound) {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
    },
  }
}

/** To see a failure again, put the seed that it printed here. What the machine does in between is not repeated. */
export const newSeed = (): number => Math.floor(Math.random() * 2 ** 32)

/** The embedded stand-in is slower, and does one thing at a time. */
const isThorough = inject('redis').kind !== 'embedded'

export const rounds = (count: number): number => (isThorough ? count : Math.ceil(count / 10))

/** A race that always ends the same way is none; only a few rounds may do so by chance. */
export function expectOutcomes(seen: Set<string>, outcomes: string[]): void {
  for (const outcome of seen) expect(outcome).toBeOneOf(outcomes)
  if (isThorough) expect([...seen].toSorted()).toEqual(outcomes.toSorted())
}

/** Starts everything, each up to `spread` trips to Redis late, in an order that chance decides. Answers in the order given. */
export function race<Result>(
  street: Street,
  chance: Chance,
  runners: (() => Promise<Result>)[],
  spread = 4,
): Promise<Result[]> {
  const start = async (run: () => Promise<Result>, late: number) => {
    for (let trip = 0; trip < late; trip++) await street.redis.look('PING')
    return run()
  }
  const starts = runners.map((run, place) => ({
    run,
    place,
    late: chance.below(spread),
    order: chance.below(1e9),
  }))
  const started: Promise<Result>[] = []
  for (const { run, place, late } of starts.toSorted((a, b) => a.order - b.order))
    started[place] = start(run, late)
  return Promise.all(started)
}
