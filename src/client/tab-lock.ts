/** Owns the locks between tabs. Keeps nobody waiting for ever: what does not get its lock in time runs without it. */

import type { Page } from './page.ts'

/** Calls `run` while no other tab runs anything under the same name. `ifFree`: not at all, if another tab does. */
export interface TabLock {
  <Value>(name: string, run: () => Promise<Value>): Promise<Value>
  (name: string, run: () => Promise<void>, ifFree: true): Promise<void>
}

/** Milliseconds: longer than the longest request, for which a renewal or a sign-in holds its lock. */
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
