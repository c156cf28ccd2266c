/** Owns the taking of turns between tabs. Keeps nobody waiting for ever: a turn that does not come is taken. */

import type { Page } from './page.ts'

/** `ifFree`: not at all, if another tab is at it. */
export interface Turns {
  <Value>(name: string, run: () => Promise<Value>): Promise<Value>
  (name: string, run: () => Promise<void>, ifFree: true): Promise<void>
}

/** Milliseconds: longer than the longest request, which is what a turn is held for. */
const WAIT = 12_000

/**
 * Where there are no Web Locks, tabs do not wait for each other: each then asks for itself, and the service answers old
 * refresh tokens with the present ones for a while, and repeated logouts as the first.
 */
export const createTurns = (page: Page | null, prefix: string): Turns =>
  async function turn<Value>(name: string, run: () => Promise<Value>, ifFree?: true) {
    let turned: Promise<Value> | undefined
    const options = ifFree ? { ifAvailable: true } : { signal: AbortSignal.timeout(WAIT) }
    const begin = (lock: unknown) => {
      turned = lock ? run() : (Promise.resolve() as Promise<Value>)
      return turned
    }
    await page?.navigator.locks?.request(prefix + name, options, begin).catch(() => {})
    return turned ?? run()
  }
