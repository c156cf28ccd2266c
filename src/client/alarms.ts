/** Owns the timers: one of each name, none while the client is not at work. */

import type { AuthError } from './types.ts'

export interface Alarms {
  set(name: string, ms: number, ring: () => unknown): void
  start(): void
  stop(): void
}

export function createAlarms(): Alarms {
  let timers: Record<string, ReturnType<typeof setTimeout>> | null = null
  return {
    set(name, ms, ring) {
      if (!timers) return
      clearTimeout(timers[name])
      timers[name] = setTimeout(ring, ms)
    },
    start() {
      timers ??= {}
    },
    stop() {
      Object.values(timers ?? {}).forEach(clearTimeout)
      timers = null
    },
  }
}

/** Milliseconds. */
const LONGEST_PAUSE = 120_000

/** Milliseconds until a request that failed is made again: more than twice the `last`, by chance, so not all at once. */
export const backoff = (last: number, { retryAfter }: AuthError): number =>
  Math.max(Math.min(last * (2 + Math.random()) || 1000, LONGEST_PAUSE), (retryAfter ?? 0) * 1000)

export const pause = (ms: number): Promise<unknown> => new Promise((ring) => setTimeout(ring, ms))
