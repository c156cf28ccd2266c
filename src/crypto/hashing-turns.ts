/** Owns whose turn it is to hash a password: one at a time, with room for everything else in between, and none that would come too late. Never hashes. */

import { Overload } from '../domain/fault.ts'
import { HASHING_WAIT_MS, SCRYPT, type ScryptCost } from '../domain/policy.ts'

export interface Time {
  /** Epoch ms. */
  now: () => number
  /** Resolves after so many milliseconds. */
  pause: (ms: number) => Promise<void>
}

export interface HashingTurns {
  /** Runs the work when its turn has come. Throws an Overload, with the work not begun, when that takes too long. */
  take<Value>(work: () => Promise<Value>): Promise<Value>
}

/**
 * Turns of the event loop after a hash at the policy's cost, and the milliseconds of each: a request that comes in, a connection
 * to Redis, the head of an answer and its body each take one, and Redis takes its time to answer.
 */
const REST = 5
const TURN_MS = 4
/** So often a waiting call meets the same one before it at most, unless the runtime gave up that one's request, and its timers with it. */
const MEETINGS = REST + 3

/** RFC 7914 section 2: what its time grows with. */
const effort = ({ N, r, p }: ScryptCost): number => N * r * p

/**
 * A hash keeps the isolate's one thread busy for some 150 ms. A burst of sign-ins that hash one right after the other would keep
 * every logout beside them from hearing Redis, and each other too.
 */
export function createHashingTurns({ now, pause }: Time, cost: ScryptCost): HashingTurns {
  const turns = Math.round(REST * Math.min(1, effort(cost) / effort(SCRYPT)))
  /** A timer of the request's own: in Workers no request may wait for another one's promise. */
  const turnOfTheLoop = () => pause(TURN_MS)
  /** In the order in which they came; the first one hashes, or rests. */
  const queue: symbol[] = []
  const leave = (one: symbol | undefined) => {
    const place = one === undefined ? -1 : queue.indexOf(one)
    if (place >= 0) queue.splice(place, 1)
  }

  async function wait(me: symbol): Promise<void> {
    const begun = now()
    let met = { first: queue[0], times: 0 }
    while (queue.includes(me) && queue[0] !== me) {
      await turnOfTheLoop()
      if (now() - begun > HASHING_WAIT_MS) {
        leave(me)
        throw new Overload()
      }
      const [first] = queue
      met = { first, times: met.first === first ? met.times + 1 : 1 }
      if (first !== me && met.times > MEETINGS) leave(first)
    }
  }

  async function rest(me: symbol): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await turnOfTheLoop()
    leave(me)
  }

  return {
    async take(work) {
      const me = Symbol()
      queue.push(me)
      await wait(me)
      // Workers hash before this returns. Node hashes in threads of its own, so there the next one may begin before this one's end.
      const hashed = work()
      void rest(me)
      return hashed
    },
  }
}
