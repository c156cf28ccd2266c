/** Owns the keeping of one thing that the issuer publishes: when it is fetched, by whom, and how long it may be gone by. */

/** `ctx.waitUntil` of a Worker: keeps work going after the answer. */
export type WaitUntil = ((work: Promise<unknown>) => void) | undefined

/** Something fetched, with its times in epoch milliseconds. */
export interface Fetched<Value> {
  value: Value
  madeAt: number
  /** From when on to ask for a newer one, while this one still holds. */
  dueAt: number
  /** From when on it may not be gone by. */
  lapsesAt: number
}

export interface Shelf<Value> {
  /** What may be gone by now. One request fetches it, the others look again until it is there. Throws when it cannot be had. */
  take(waitUntil: WaitUntil): Promise<Value>
  /** The same, fetched anew if what is here is older than so many milliseconds. */
  takeNewer(age: number, waitUntil: WaitUntil): Promise<Value>
  /** What was fetched last, though it may have lapsed: for what never changes any more. Null when nothing was. */
  last(): Value | null
}

export interface ShelfOptions<Value> {
  fetch: () => Promise<Fetched<Value>>
  /** Milliseconds that one fetch may take. */
  timeout: number
  now: () => number
}

/** Milliseconds between two looks at whether another request has fetched it meanwhile. */
const LOOK_AGAIN_MS = 10
/** Milliseconds for which an issuer that just failed, or just gave what is due already, is left alone. */
const REST_MS = 500

/** All that it keeps is plain data: requests of a Worker share no promises, and one that was given up never settles its own. */
export function createShelf<Value>({ fetch, timeout, now }: ShelfOptions<Value>): Shelf<Value> {
  let kept: Fetched<Value> | null = null
  /** When the last fetch began, and whether it is still going on. */
  let askedAt = Number.NEGATIVE_INFINITY
  let asking = false
  let failedAt = Number.NEGATIVE_INFINITY

  const isAsking = (): boolean => asking && now() - askedAt <= timeout
  const hasJustAsked = (): boolean => now() - askedAt < REST_MS
  const hasJustFailed = (): boolean => now() - failedAt < REST_MS

  async function ask(): Promise<Value> {
    const began = now()
    askedAt = began
    asking = true
    try {
      const fetched = await fetch()
      if (fetched.lapsesAt <= now()) throw new TypeError('What the issuer published is too old.')
      // An older copy out of some cache must not replace a newer one that still holds.
      if (!kept || kept.lapsesAt <= now() || kept.madeAt <= fetched.madeAt) kept = fetched
      return kept.value
    } catch (error) {
      failedAt = now()
      throw error
    } finally {
      if (askedAt === began) asking = false
    }
  }

  /** Goes on when the request that began it is given up, where the runtime allows it. */
  function begin(waitUntil: WaitUntil): Promise<Value> {
    const work = ask()
    const quiet = work.catch(() => {})
    waitUntil?.(quiet)
    return work
  }

  async function takeMadeAfter(moment: number, waitUntil: WaitUntil): Promise<Value> {
    const deadline = now() + 2 * timeout
    for (;;) {
      if (kept && kept.lapsesAt > now() && kept.madeAt >= moment) {
        // What fails is tried again by a later check; what is here holds until it lapses.
        if (now() >= kept.dueAt && !isAsking() && !hasJustAsked()) begin(waitUntil).catch(() => {})
        return kept.value
      }
      if (hasJustFailed())
        throw new TypeError('What the issuer publishes could not be had just now.')
      if (!isAsking()) return begin(waitUntil)
      if (now() > deadline) throw new TypeError('What the issuer publishes was not there in time.')
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }

  return {
    take: (waitUntil) => takeMadeAfter(Number.NEGATIVE_INFINITY, waitUntil),
    takeNewer: (age, waitUntil) => takeMadeAfter(now() - age, waitUntil),
    last: () => kept?.value ?? null,
  }
}
