/** Owns the timers: one of each name, none while the client is not at work. */

import type { AuthError } from './types.ts'

export interface Timers {
  set(name: string, ms: number, run: () => unknown): void
  start(): void
  stop(): void
}

export function createTimers(): Timers {
  let running: Record<string, ReturnType<typeof setTimeout>> | null = null
  return {
    set(name, ms, run) {
      if (!running) return
      clearTimeout(running[name])
      // A browser runs a timer at once if its time is more than 2^31 - 1 ms.
      running[name] = setTimeout(run, Math.min(ms, 1e9))
    },
    start() {
      running ??= {}
    },
    stop() {
      Object.values(running ?? {}).forEach(clearTimeout)
      running = null
    },
  }
}

/** Milliseconds. */
const LONGEST_PAUSE = 120_000

/** Milliseconds until a request that failed is made again: two to three times `last`, with jitter, so not all at once. */
export const backoff = (last: number, { retryAfter }: AuthError): number =>
  Math.max(Math.min(last * (2 + Math.random()) || 1000, LONGEST_PAUSE), (retryAfter ?? 0) * 1000)

export const pause = (ms: number): Promise<unknown> =>
  new Promise((resolve) => setTimeout(resolve, ms))
