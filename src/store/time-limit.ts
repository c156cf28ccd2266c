/** Owns how long an answer is waited for, in time in which this isolate could hear it. Never sends anything. */

export interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal
  /** The answer is there: nothing is left that would run. */
  end(): void
}

/**
 * Passwords are hashed on the one thread that also hears Redis, so while several people sign in, what was answered long ago has
 * not been heard yet. Time is over only when the isolate has been to its event loop so often, each time after an equal part of it:
 * a connection that is opened first, the head of an answer and its body take a turn each.
 */
const PARTS = 8

/** Milliseconds: exactly these where the isolate has nothing else to do. */
export function openTimeLimit(ms: number): TimeLimit {
  const controller = new AbortController()
  let left = PARTS
  const wait = (): ReturnType<typeof setTimeout> =>
    setTimeout(() => {
      left--
      if (left === 0) controller.abort()
      else timer = wait()
    }, ms / PARTS)
  let timer = wait()
  return { signal: controller.signal, end: () => clearTimeout(timer) }
}
