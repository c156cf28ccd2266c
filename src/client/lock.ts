/** Owns the taking of turns between tabs. Never keeps anybody waiting for ever: a turn that does not come is taken. */

import type { Cupboard } from './cupboard.ts'
import type { Page } from './page.ts'
import type { Settings } from './settings.ts'

export interface Turns {
  /** One tab after the other. */
  take<Value>(name: string, run: () => Promise<Value>): Promise<Value>
  /** Only if no other tab is at it. */
  takeIfFree(name: string, run: () => Promise<void>): Promise<void>
}

/** Milliseconds: longer than the longest request, which is what a turn is held for. */
const WAIT = 12_000
/** Between two looks at a lease. */
const LOOK = 50

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms))

export function createTurns(settings: Settings, page: Page | null, local: Cupboard): Turns {
  const locks = page?.locks
  const me = crypto.randomUUID?.() ?? String(Math.random())

  /** Where there are no Web Locks: a lease in localStorage. Two tabs may rarely both get it, and the server copes. */
  async function lease(name: string, patience: number): Promise<boolean> {
    const until = settings.now() + patience
    for (;;) {
      const other = local.get<{ by: string; until: number }>(name)
      const isFree = !other || other.until < settings.now() || other.until > settings.now() + WAIT
      if (isFree) {
        local.set(name, { by: me, until: settings.now() + WAIT })
        await pause(LOOK)
        if (local.get<{ by: string }>(name)?.by === me) return true
      }
      if (settings.now() >= until) return false
      await pause(LOOK)
    }
  }

  return {
    async take(name, run) {
      if (!locks) {
        await lease(name, WAIT)
        return run().finally(() => local.remove(name))
      }
      let began = false
      const begin = () => {
        began = true
        return run()
      }
      try {
        const signal = AbortSignal.timeout(WAIT)
        return await locks.request(settings.name + name, { signal }, begin)
      } catch (error) {
        if (began) throw error
        return run()
      }
    },
    async takeIfFree(name, run) {
      if (locks)
        await locks.request(settings.name + name, { ifAvailable: true }, async (lock) => {
          if (lock) await run()
        })
      else if (await lease(name, 0)) await run().finally(() => local.remove(name))
    },
  }
}
