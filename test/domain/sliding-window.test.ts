/** The seconds until the next call is allowed, held against the formula by which `@upstash/ratelimit` decides. */

import { describe, expect, test } from 'vitest'
import type { Quota } from '../../src/domain/policy.ts'
import { secondsUntilAllowed, usedAt } from '../../src/domain/sliding-window.ts'

interface Used {
  current: number
  previous: number
}

/** As the limiter's script has it: the window before weighs on with the share of it that the sliding window still covers. */
function isAllowed({ max, window }: Quota, { current, previous }: Used, now: number): boolean {
  const length = window * 1000
  const percentageInCurrent = (now % length) / length
  return Math.floor((1 - percentageInCurrent) * previous) + current < max
}

/** The same counters, seen at a later moment. */
function isAllowedLater(quota: Quota, used: Used, now: number, later: number): boolean {
  const length = quota.window * 1000
  const passed = Math.floor(later / length) - Math.floor(now / length)
  const then = [used, { current: 0, previous: used.current }][passed] ?? { current: 0, previous: 0 }
  return isAllowed(quota, then, later)
}

/**
 * Allowed after that many seconds, and not yet a second earlier. A millisecond more before that, since at the exact
 * moment where the share comes out even the limiter's floating point may round either way: in doubt it is the later one.
 */
function expectToTheSecond(quota: Quota, used: Used, now: number): void {
  const seconds = secondsUntilAllowed(quota, used, now)
  const at = (ms: number) => isAllowedLater(quota, used, now, now + ms)
  const hint = JSON.stringify({ used, elapsed: now % (quota.window * 1000), seconds })
  expect(at(seconds * 1000), hint).toBe(true)
  if (seconds > 1) expect(at((seconds - 1) * 1000 - 1), hint).toBe(false)
}

const AT = 1_800_000_000_000

describe('is the first second at which the limiter allows a call', () => {
  const quotas: Quota[] = [
    { max: 20, window: 300 },
    { max: 10, window: 300 },
    { max: 60, window: 300 },
    { max: 1, window: 60 },
    { max: 2, window: 1 },
    { max: 7, window: 13 },
    { max: 150, window: 300 },
  ]

  test.each(quotas)('of $max in $window s, whatever was used and when', (quota) => {
    const length = quota.window * 1000
    const beginning = Math.floor(AT / length) * length
    let refused = 0
    for (const elapsed of [
      0,
      1,
      499,
      999,
      1000,
      length / 3,
      length / 2,
      length - 1001,
      length - 1,
    ]) {
      const now = beginning + Math.floor(elapsed)
      for (let current = 0; current <= quota.max; current++)
        for (const previous of new Set([
          0,
          1,
          quota.max - 1,
          quota.max,
          Math.ceil(quota.max / 2),
        ])) {
          const used = { current, previous }
          if (isAllowed(quota, used, now)) continue
          refused++
          expectToTheSecond(quota, used, now)
        }
    }
    expect(refused).toBeGreaterThan(0)
  })

  test('when more was used than is allowed now, because the setting was lowered', () => {
    const quota = { max: 5, window: 60 }
    for (const current of [6, 20, 1000])
      for (const elapsed of [0, 30_000, 59_999])
        expectToTheSecond(quota, { current, previous: 0 }, AT + elapsed)
  })
})

describe('is never less than a second', () => {
  test.each([
    ['nothing is used any more', { current: 0, previous: 0 }],
    ['the refusal is already over', { current: 1, previous: 1 }],
    ['something was given back after the window had turned', { current: -3, previous: 0 }],
  ])('when %s', (_, used) => {
    expect(secondsUntilAllowed({ max: 20, window: 300 }, used, AT)).toBe(1)
  })

  test('and always a whole one', () => {
    for (let elapsed = 0; elapsed < 300_000; elapsed += 777) {
      const seconds = secondsUntilAllowed(
        { max: 20, window: 300 },
        { current: 20, previous: 20 },
        AT + elapsed,
      )
      expect(Number.isInteger(seconds)).toBe(true)
      expect(seconds).toBeGreaterThanOrEqual(1)
      expect(seconds).toBeLessThanOrEqual(600)
    }
  })
})

test('a window that is over by the time of the answer is the one before', () => {
  const used = { current: 20, previous: 3 }
  expect(usedAt(used, AT, AT - 1)).toEqual(used)
  expect(usedAt(used, AT, AT)).toEqual({ current: 0, previous: 20 })
  // A full window of 300 s that has just turned: a moment, and not all of the next one.
  expect(secondsUntilAllowed({ max: 20, window: 300 }, usedAt(used, AT, AT), AT)).toBe(1)
})
