/** Owns the text of a script of ours joined behind the limiter's. Takes the limiter's text from the library itself. */

import { Ratelimit } from '@upstash/ratelimit'
import { behindCounting, type Counting } from '../../src/store/counted-script.ts'
import { handingOut } from '../../src/store/counter.ts'
import type { Script } from '../../src/store/script.ts'

async function askedByLimiter(): Promise<Counting> {
  let asked: Counting | undefined
  const redis = handingOut(async (counting) => {
    asked = counting
    return [0, 0]
  })
  const limiter = Ratelimit.slidingWindow(1, '1 s')
  await new Ratelimit({ redis, limiter, ephemeralCache: false }).limit('anybody')
  if (!asked) throw new Error('the limiter asked for no script')
  return asked
}

const counting = await askedByLimiter()

export const behindLimiter = (script: Script): Script => behindCounting(counting, script)
