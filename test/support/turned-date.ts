/** Owns a Date that only moves when it is told to, for the limiter of Upstash, which looks at nothing else. Redis' own clock goes on. */

import { afterAll, beforeAll, vi } from 'vitest'
import type { Street } from './street.ts'

/** Milliseconds. The longest window that a test counts in. */
const WINDOW = 300_000

/** For a whole file: until its last test, time stands still between turns. */
export function holdDate(): void {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterAll(() => void vi.useRealTimers())
}

let windows = 2

/** A moment in a window that no other test counts in, so many seconds after its beginning. */
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
