/** Owns keeping one thing that the issuer publishes: when it is fetched, by which request, and how long it may be relied on. */

/** A Worker's `(work) => ctx.waitUntil(work)`: keeps work going after the answer. */
export type WaitUntil = ((work: Promise<unknown>) => void) | undefined

/** Something fetched, with its times in epoch milliseconds. */
export interface Fetched<Value> {
  value: Value
  madeAt: number
  /** From when on to ask for a newer one, while this one still holds. */
  dueAt: number
  /** From when on it may not be relied on. */
  lapsesAt: number
}

export interface PublishedCache<Value> {
  /** A value to be relied on now. One request fetches it; others look again until it is there. Throws if it cannot be had. */
  take(waitUntil: WaitUntil): Promise<Value>
  /** The same, fetched anew if what is kept was made more than `age` milliseconds ago. */
  takeNewer(age: number, waitUntil: WaitUntil): Promise<Value>
  /** The value kept last, even if it has lapsed: for what it says for good. Null when nothing was ever fetched. */
  last(): Value | null
}

export interface PublishedCacheOptions<Value> {
  fetch: () => Promise<Fetched<Value>>
  /** Adds to `older`, which takes the place of `newer`, what `newer` said for good. Left out: nothing is for good. */
  join?: (newer: Value, older: Value) => Value
  /** Milliseconds that one fetch may take. */
  timeout: number
  now: () => number
}

/** Milliseconds between two looks at whether another request has fetched it meanwhile. */
const LOOK_AGAIN_MS = 10
/** Milliseconds for which the issuer is left alone after a fetch that failed, or that brought something already due. */
const REST_MS = 500
/** Milliseconds by which a clock may be behind what it said before; by more, and it was turned back. */
const BEHIND_MS = 1000

interface Kept<Value> extends Fetched<Value> {
  /** The newest `madeAt` of all values whose for-good part this one has. */
  knowsUntil: number
}

interface Asking {
  began: number
  over: boolean
  /** Begun in the background without waitUntil: the runtime may cut it off with its request, so it may never be over. */
  mayBeGivenUp: boolean
}

/** Keeps plain data, no promises: a Worker's requests may not share one, and a request that is cut off never settles its own. */
export function createPublishedCache<Value>({
  fetch,
  join,
  timeout,
  now,
}: PublishedCacheOptions<Value>): PublishedCache<Value> {
  let kept: Kept<Value> | null = null
  let asked: Asking | null = null
  let failedAt = Number.NEGATIVE_INFINITY
  /** The latest that the clock has said, and how often it was turned back since. */
  let latest = Number.NEGATIVE_INFINITY
  let turns = 0

  /** The time now. If the clock was turned back, the value lapses and the last fetch is forgotten: both would last longer. */
  function time(): number {
    const moment = now()
    if (moment >= latest - BEHIND_MS) {
      latest = Math.max(latest, moment)
      return moment
    }
    latest = moment
    turns++
    if (kept) kept = { ...kept, lapsesAt: Number.NEGATIVE_INFINITY }
    asked = null
    failedAt = Number.NEGATIVE_INFINITY
    return moment
  }

  const isAsking = (moment: number): boolean =>
    asked !== null && !asked.over && moment - asked.began <= timeout
  const hasJustAsked = (moment: number): boolean => asked !== null && moment - asked.began < REST_MS

  /**
   * Which value to keep. An older copy out of some cache does not replace a newer value that still holds; if that has lapsed, the
   * copy gets what it said for good. So does one with the same `madeAt`: an issuer may round its times, so the two may differ.
   */
  function better(fetched: Fetched<Value>, moment: number): Kept<Value> {
    if (kept && kept.madeAt > fetched.madeAt && kept.lapsesAt > moment) return kept
    if (!kept || !join || kept.knowsUntil < fetched.madeAt)
      return { ...fetched, knowsUntil: fetched.madeAt }
    return { ...fetched, value: join(kept.value, fetched.value), knowsUntil: kept.knowsUntil }
  }

  async function ask(mine: Asking): Promise<Value> {
    const turnsBefore = turns
    asked = mine
    try {
      const fetched = await fetch()
      const moment = time()
      if (turns !== turnsBefore) throw new TypeError('The clock was turned back meanwhile.')
      // Kept even if it is too old already: what it says for good still counts, see `last`.
      kept = better(fetched, moment)
      if (kept.lapsesAt <= moment)
        throw new TypeError("What the issuer published is too old by this machine's clock.")
      return kept.value
    } catch (error) {
      // A machine that sleeps between two calls, as AWS Lambda's do, learns of it only when it wakes: too late to rest for it.
      failedAt = Math.min(time(), mine.began + timeout)
      throw error
    } finally {
      mine.over = true
    }
  }

  /** Begins a fetch that goes on when its request is cut off, if the runtime allows. `isWaitedFor`: the request waits for it. */
  function begin(moment: number, waitUntil: WaitUntil, isWaitedFor: boolean): Promise<Value> {
    const mine = { began: moment, over: false, mayBeGivenUp: false }
    const work = ask(mine)
    const goesOn = keepGoing(work, waitUntil)
    mine.mayBeGivenUp = !isWaitedFor && !goesOn
    return work
  }

  async function takeMadeAfter(earliest: number, waitUntil: WaitUntil): Promise<Value> {
    const deadline = time() + 2 * timeout
    for (;;) {
      const moment = time()
      if (kept && kept.lapsesAt > moment && kept.madeAt >= earliest) {
        const { value, dueAt } = kept
        // What fails is tried again by a later check; what is here holds until it lapses.
        if (moment >= dueAt && !isAsking(moment) && !hasJustAsked(moment))
          begin(moment, waitUntil, false).catch(() => {})
        return value
      }
      if (moment - failedAt < REST_MS)
        throw new TypeError(
          "The issuer's keys or status list could not be fetched; a later check tries again.",
        )
      if (!isAsking(moment) || asked?.mayBeGivenUp) return begin(moment, waitUntil, true)
      if (moment > deadline)
        throw new TypeError("The issuer's keys or status list were not there in time.")
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }

  return {
    take: (waitUntil) => takeMadeAfter(Number.NEGATIVE_INFINITY, waitUntil),
    takeNewer: (age, waitUntil) => takeMadeAfter(time() - age, waitUntil),
    last: () => kept?.value ?? null,
  }
}

/** Whether `waitUntil` took the work. If it throws, as a method passed without its object does, the check goes on without it. */
function keepGoing(work: Promise<unknown>, waitUntil: WaitUntil): boolean {
  const quiet = work.catch(() => {})
  try {
    // One that is asynchronous may fail later: an unhandled rejection would end a Node process.
    Promise.resolve(waitUntil?.(quiet)).catch(() => {})
    return waitUntil !== undefined
  } catch {
    return false
  }
}
