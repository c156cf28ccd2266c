/** Owns what may befall a script on its way to Redis: held back, overtaken, sent twice, sent again late. Never changes it. */

import { onTestFinished, vi } from 'vitest'
import { digests } from '../../src/crypto/digest.ts'
import type { Script } from '../../src/store/script.ts'
import { behindLimiter } from './scripts-behind-limiter.ts'

export interface Held {
  /** Resolves when the script is about to be sent. */
  caught: Promise<void>
  /** Sends it. */
  release: () => void
}

/** Makes the script wait when it is sent next; what is sent after it passes. */
export function holdBack(script: Script): Held {
  const caught = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const restore = intercept(script, async (send) => {
    restore()
    caught.resolve()
    await released.promise
    return send()
  })
  return { caught: caught.promise, release: released.resolve }
}

/** Loses the script's first answer during the call, runs `meanwhile`, and sends the script again. Throws if it is never sent. */
export async function withAnswersLost<Result>(
  script: Script,
  call: () => Promise<Result>,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Result> {
  let times = 0
  const restore = intercept(script, async (send) => {
    const lost = await send()
    // Redis does not know the script yet and did nothing; the service will send it whole.
    if ((await lost.clone().text()).includes('NOSCRIPT')) return lost
    restore()
    times++
    await meanwhile()
    return send()
  })
  try {
    const result = await call()
    if (times !== 1) throw new Error(`the script was sent twice ${times} times`)
    return result
  } finally {
    restore()
  }
}

/** Runs `come` before the script each time that it is sent during the call. `comers` are the results of `come`. */
export async function overtaking<Answer, Comer>(
  script: Script,
  call: () => Promise<Answer>,
  come: () => Promise<Comer>,
): Promise<{ answer: Answer; comers: Comer[] }> {
  const comers: Comer[] = []
  let isComing = false
  const restore = intercept(script, async (send, _, isWhole) => {
    // A script that is sent whole was sent by its hash just before. And `come` may send the same script.
    if (isWhole || isComing) return send()
    isComing = true
    comers.push(await come())
    isComing = false
    return send()
  })
  try {
    return { answer: await call(), comers }
  } finally {
    restore()
  }
}

/** Makes the call, and returns a function that sends its script again, long after the answer. */
export async function copyOf(script: Script, call: () => Promise<unknown>) {
  let again: (() => Promise<Response>) | undefined
  const restore = intercept(script, (send, sendAnew) => {
    again = sendAnew
    return send()
  })
  try {
    await call()
  } finally {
    restore()
  }
  if (!again) throw new Error('the script was not sent')
  return again
}

type Send = () => Promise<Response>

interface Interception {
  /** A script is sent by its hash, or whole where Redis does not know it; alone, or behind the limiter's. */
  hashes: string[]
  texts: string[]
  pass: (send: Send, sendAnew: Send, isWhole: boolean) => Promise<Response>
}

/** One spy on `fetch` serves them all: a second one would be the same spy again, and call itself. */
const interceptions = new Set<Interception>()
let stopListening = () => {}

/** Lasts until the returned function is called, and at most until the end of the test. */
function intercept(script: Script, pass: Interception['pass']): () => void {
  const sources = [script.source, behindLimiter(script).source]
  const one: Interception = {
    hashes: sources.map((source) => digests.sha1Hex(source)),
    texts: sources.map((source) => JSON.stringify(source)),
    pass,
  }
  if (interceptions.size === 0) stopListening = listen()
  interceptions.add(one)
  const restore = () => {
    if (interceptions.delete(one) && interceptions.size === 0) stopListening()
  }
  onTestFinished(restore)
  return restore
}

function listen(): () => void {
  const fetch = globalThis.fetch
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation((where, what) => {
    const send = () => fetch(where, what)
    // Without the signal of the first request, whose time limit is over by then.
    const sendAnew = () => fetch(where, { ...what, signal: null })
    const body = what?.body
    if (typeof body !== 'string') return send()
    const holds = (mark: string) => body.includes(mark)
    const one = [...interceptions].find(({ hashes, texts }) => [...hashes, ...texts].some(holds))
    return one ? one.pass(send, sendAnew, one.texts.some(holds)) : send()
  })
  return () => void spy.mockRestore()
}
