/** What an issuer, or a `fetch` of one's own, can make a guard wait for or take in: no more than its bounds. */

import { describe, expect, test } from 'vitest'
import { ask, bearer, lineTo, listGuard } from '../support/guards.ts'
import { openStreet } from '../support/street.ts'

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
