/** Owns how long an answer is waited for, counting only time in which this isolate could have read it. Never sends anything. */

interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal
  /** For when the answer is there: stops the timer. */
  end(): void
}

/**
 * Passwords are hashed on the one thread that also reads Redis's answers, so while several people sign in, an answer that came
 * long ago may not be read yet. So the time is cut into this many equal parts, each a timer of its own: between two of them the
 * event loop turns once. Opening a connection, the head of an answer and its body take a turn each.
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
