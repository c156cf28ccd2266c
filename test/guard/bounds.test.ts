/** What an issuer, or a `fetch` of one's own, can make a guard wait for or take in: no more than its bounds. */

import { describe, expect, inject, test } from 'vitest'
import { createGuard } from '../../src/guard/index.ts'
import { ask, bearer, lineTo, listGuard } from '../support/guards.ts'
import { ISSUER, openStreet } from '../support/street.ts'

const parts = [
  ['the key set', 'jwks.json'],
  ['the list', '/statuslists/'],
] as const

describe.each(parts)('%s', (_, part) => {
  const isPart = (request: { url: string }) => request.url.includes(part)

  test('does not come, and `fetch` leaves the signal out: every check is answered once `timeout` is over', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const line = lineTo(street)
    const guard = listGuard(street, line, {
      timeout: 100,
      // As `fetch: (url) => env.AUTH.fetch(url)`.
      fetch: (input) =>
        isPart({ url: String(input) }) ? new Promise(() => {}) : line.fetch(input),
      now: () => Date.now(),
    })
    const checks = [0, 1, 2].map(() => ask(guard, token))
    expect(await Promise.all(checks)).toEqual(['unknown', 'unknown', 'unknown'])
  })

  test('has no end: it is given up at the bound, and nothing more of it is taken in', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    const chunk = new Uint8Array(64 * 1024).fill(65)
    let taken = 0
    let cancelled = false
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          taken += chunk.length
          controller.enqueue(chunk)
        },
        cancel() {
          cancelled = true
        },
      })
    const line = lineTo(street, (request) => (isPart(request) ? new Response(endless()) : null))
    const decision = await listGuard(street, line).check(bearer(token))
    expect(decision).toMatchObject({ ok: false, reason: 'unknown' })
    expect(String(decision.fault)).toContain('is too long')
    expect(cancelled).toBe(true)
    // Of the greatest list that can be configured it has 280 kB.
    expect(taken).toBeLessThan(2.5 * 2 ** 20)
  })
})

test('a list that trickles, by a `fetch` that leaves the signal out, is not read on', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const { promise: cancelled, resolve: cancel } = Promise.withResolvers<void>()
  const trickle = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array([65])),
      cancel,
    }).pipeThrough(
      new TransformStream({
        transform: async (chunk, controller) => {
          await new Promise((resolve) => setTimeout(resolve, 20))
          controller.enqueue(chunk)
        },
      }),
    )
  const line = lineTo(street)
  const guard = listGuard(street, line, {
    timeout: 100,
    now: () => Date.now(),
    fetch: async (input) =>
      String(input).includes('/statuslists/') ? new Response(trickle()) : line.fetch(input),
  })
  expect(await ask(guard, token)).toBe('unknown')
  await cancelled
})

test('Redis does not answer, and `redis.fetch` leaves the signal out: the check is answered once `timeout` is over', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const guard = createGuard({
    issuer: ISSUER,
    fetch: lineTo(street).fetch,
    timeout: 100,
    mode: 'strict',
    redis: {
      url: street.redis.url,
      token: inject('redis').token,
      fetch: () => new Promise(() => {}),
    },
  })
  expect(await ask(guard, token)).toBe('unknown')
})
