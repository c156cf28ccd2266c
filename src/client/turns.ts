/** Owns the taking of turns between tabs. Keeps nobody waiting for ever: a turn that does not come is taken. */

import type { Page } from './page.ts'

/** `ifFree`: not at all, if another tab is at it. */
export type Turns = <Value>(
  name: string,
  run: () => Promise<Value>,
  ifFree?: boolean,
) => Promise<Value | undefined>

/** Milliseconds: longer than the longest request, which is what a turn is held for. */
const WAIT = 12_000

/**
 * Where there are no Web Locks, tabs do not wait for each other: each then asks for itself, and the service answers old
 * refresh tokens with the present ones for a while, and repeated logouts as the first.
 */
export const createTurns =
  (page: Page | null, prefix: string): Turns =>
  (name, run, ifFree = false) => {
    let began = false
    const begin = (lock: unknown) => {
      began = true
      return lock ? run() : undefined
    }
    const options = ifFree ? { ifAvailable: true } : { signal: AbortSignal.timeout(WAIT) }
    if (!page?.locks) return run()
    return page.locks.request(prefix + name, options, begin).catch((error) => {
      if (began) throw error
      return run()
    })
  }
