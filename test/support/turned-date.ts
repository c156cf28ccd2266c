/** Owns a Date that moves only when a test turns it, for Upstash's limiter, which reads no other clock. Redis' clock goes on. */

import { afterAll, beforeAll, vi } from 'vitest'
import type { Street } from './street.ts'

/** Milliseconds. The longest window that a test counts in. */
const WINDOW = 300_000

/** Call once in a test file: from its first test to its last, Date stands still between turns. */
export function holdDate(): void {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterAll(() => void vi.useRealTimers())
}

let windows = 2

/** A moment so many seconds after the beginning of a window in which no other test of the file counts. */
export function freshMoment(seconds: number): number {
  const beginning = (Math.floor(Date.now() / WINDOW) + windows) * WINDOW
  windows = 4
  return beginning + seconds * 1000
}

/** Date and the street's clock, together. */
export function turnTo(street: Street, moment: number): void {
  vi.setSystemTime(moment)
  street.clock.now = moment
}
