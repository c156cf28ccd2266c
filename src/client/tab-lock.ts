/** Owns the locks between tabs. Keeps nobody waiting for ever: what does not get its lock in time runs without it. */

import type { Page } from './page.ts'

/** Runs while no other tab runs what has the same name. `ifFree`: not at all, if another tab is at it. */
export interface TabLock {
  <Value>(name: string, run: () => Promise<Value>): Promise<Value>
  (name: string, run: () => Promise<void>, ifFree: true): Promise<void>
}

/** Milliseconds: longer than the longest request, which is what a lock is held for. */
const WAIT = 12_000

/**
 * Where there are no Web Locks, tabs do not wait for each other: each then asks for itself, and the service answers old
 * refresh tokens with the present ones for a while, and repeated logouts as the first.
 */
export const createTabLock = (page: Page | null, prefix: string): TabLock =>
  async function withLock<Value>(name: string, run: () => Promise<Value>, ifFree?: true) {
    let running: Promise<Value> | undefined
    const options = ifFree ? { ifAvailable: true } : { signal: AbortSignal.timeout(WAIT) }
    const begin = (lock: unknown) => {
      running = lock ? run() : (Promise.resolve() as Promise<Value>)
      return running
    }
    await page?.navigator.locks?.request(prefix + name, options, begin).catch(() => {})
    return running ?? run()
  }
