/** Owns whose turn it is to hash a password: one at a time, with pauses for other requests, and none too late. Never hashes. */

import { Overload } from '../domain/fault.ts'
import { HASHING_WAIT_MS, SCRYPT, type ScryptCost } from '../domain/policy.ts'

export interface Time {
  /** Epoch ms. */
  now: () => number
  /** Resolves after so many milliseconds. */
  pause: (ms: number) => Promise<void>
}

export interface HashingTurns {
  /**
   * Runs the work when its turn has come: the request that began first goes first. `since`: when this request began, epoch ms.
   * Throws an Overload, without having begun the work, when its turn would come too late.
   */
  take<Value>(since: number, work: () => Promise<Value>): Promise<Value>
}

/**
 * After a hash at the policy's cost nobody hashes for so many turns of the event loop, of so many milliseconds each: a request
 * that comes in, a connection to Redis, the head of an answer and its body each take one, and Redis takes its time to answer.
 */
const REST = 5
const TURN_MS = 4
/** After so many turns without a beat of a request, it counts as dropped by the runtime, together with its timers. */
const SILENCE = 8

/** One request that wants to hash. `beats` goes up with every turn of the event loop in which the request is alive. */
interface Call {
  since: number
  beats: number
}

/** RFC 7914 section 2: the time that scrypt takes grows with this. */
const effort = ({ N, r, p }: ScryptCost): number => N * r * p

/**
 * A hash keeps the isolate's one thread busy for some 150 ms. A burst of sign-ins that hash one right after the other would keep
 * every logout beside them from hearing Redis, and each other too.
 */
export function createHashingTurns({ now, pause }: Time, cost: ScryptCost): HashingTurns {
  const turns = Math.round(REST * Math.min(1, effort(cost) / effort(SCRYPT)))
  /** Each request polls by a timer of its own: in Workers no request may wait for another one's promise. */
  const turnOfTheLoop = () => pause(TURN_MS)
  let holder: Call | null = null
  /** In the order in which the requests began. */
  const waiting: Call[] = []

  const forget = (call: Call) => {
    if (holder === call) holder = null
    const place = waiting.indexOf(call)
    if (place >= 0) waiting.splice(place, 1)
  }

  function enter(call: Call): void {
    const later = waiting.findIndex(({ since }) => since > call.since)
    waiting.splice(later < 0 ? waiting.length : later, 0, call)
  }

  /** Takes the turn in the same step that finds it free, so that no two calls take it. */
  function claims(call: Call): boolean {
    if (holder !== null || waiting[0] !== call) return false
    waiting.shift()
    holder = call
    return true
  }

  async function wait(call: Call): Promise<void> {
    enter(call)
    let before: Call | undefined
    let beats = 0
    let silence = 0
    while (!claims(call)) {
      await turnOfTheLoop()
      call.beats++
      if (now() - call.since > HASHING_WAIT_MS) {
        forget(call)
        throw new Overload()
      }
      const first = holder ?? waiting[0]
      silence = first === before && first?.beats === beats ? silence + 1 : 0
      before = first
      beats = first?.beats ?? 0
      // Never forgets `call` itself: its own beat has just gone up.
      if (first && silence > SILENCE) forget(first)
      // While the isolate was busy, another call took this one for dropped and forgot it: it queues again.
      if (!waiting.includes(call)) enter(call)
    }
  }

  async function rest(call: Call, isHashing: () => boolean): Promise<void> {
    for (let turn = 0; turn < turns || isHashing(); turn = isHashing() ? 0 : turn + 1) {
      await turnOfTheLoop()
      call.beats++
    }
    forget(call)
  }

  return {
    async take(since, work) {
      const call = { since, beats: 0 }
      await wait(call)
      // In Workers the hash is done when work() returns. Node hashes in another thread, and rest() waits for that too.
      let isHashing = true
      const hashed = work().finally(() => {
        isHashing = false
      })
      void rest(call, () => isHashing)
      return hashed
    },
  }
}
