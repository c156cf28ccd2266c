/** Calls that are given back: into the window in which they were counted, and never into a later one, where each would be one guess more. */

import { expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { openStreet, PASSWORD } from './support/street.ts'
import { freshMoment, holdDate, turnTo } from './support/turned-date.ts'

holdDate()

/** How many wrong passwords may still be tried, after a right one whose call is given back at another moment. */
async function leftAfterReturn(signedInAt: number, returnedAt: number): Promise<number> {
  const street = await openStreet()
  turnTo(street, signedInAt)
  const { email } = await street.signUp()
  const { promise: returning, resolve: letReturn } = Promise.withResolvers<void>()
  const { counter } = street.services
  const late = createApp({
    ...street.services,
    counter: {
      ...counter,
      giveBack: async (counted, resetsAt) => {
        await returning
        await counter.giveBack(counted, resetsAt)
      },
    },
  })
  const afterwards: Promise<unknown>[] = []
  const answer = await late.request(
    '/token?grant_type=password',
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD }),
    },
    {},
    { waitUntil: (work) => void afterwards.push(work), passThroughOnException() {}, props: {} },
  )
  expect(answer.status).toBe(200)
  turnTo(street, returnedAt)
  letReturn()
  await Promise.all(afterwards)
  const wrong = await street.call('POST', '/token?grant_type=password', {
    body: { email, password: 'not the password' },
  })
  return Number(/"sign-in-account";r=(-?\d+)/.exec(wrong.headers.get('RateLimit') ?? '')?.[1])
}

test('within its window a call is as if it had not been counted', async () => {
  const moment = freshMoment(100)
  expect(await leftAfterReturn(moment, moment + 1000)).toBe(9)
})

test('once the window has turned, nothing is added to what the next one allows', async () => {
  const moment = freshMoment(299)
  // 10 of its own, less the wrong one; what was counted a moment ago weighs nearly nothing, and is rounded down.
  expect(await leftAfterReturn(moment, moment + 2000)).toBeLessThanOrEqual(9)
})
