/** Owns what every answer to a failing Redis must be like, and how long one may take. */

import { expect } from 'vitest'
import { type FaultRoute, WHEN_STORE_IS_DOWN } from '../../src/http/fault-words.ts'
import type { Answer } from './street.ts'

/** Milliseconds within which every request ends. */
const PROMISED = 3_000

/** Expects an answer within PROMISED. By real time, since the waiting itself is measured. */
export async function timed(send: () => Promise<Answer>): Promise<Answer> {
  const start = Date.now()
  const answer = await send()
  expect(Date.now() - start).toBeLessThan(PROMISED)
  return answer
}

interface Expected {
  faultRoute: FaultRoute
  path: string
  secrets: string[]
  /** Begins the message when the test fails. */
  at?: string
}

/** 503 in the one form of errors, with the sentence of this route, and nothing of what went wrong inside. */
export function expectUnavailable(
  { status, headers, body }: Answer,
  { faultRoute, path, secrets, at = '' }: Expected,
): void {
  const { sentence } = WHEN_STORE_IS_DOWN[faultRoute]
  const text = JSON.stringify(body)
  expect(status, `${at} ${text}`).toBe(503)
  expect(body, at).toEqual({
    code: 503,
    error_code: 'service_unavailable',
    msg: sentence,
    ...(path.startsWith('/token')
      ? { error: 'temporarily_unavailable', error_description: sentence }
      : {}),
  })
  expect(sentence).toMatch(/Nothing was changed|It may or may not have happened/)
  expect(Number(headers.get('Retry-After')), at).toBeGreaterThan(0)
  expect(headers.get('Content-Type'), at).toBe('application/json')
  expect(headers.get('Cache-Control'), at).toBe('no-store')
  expect(headers.get('X-Request-Id'), at).toMatch(/^[\w-]{8,64}$/)
  expect(headers.get('WWW-Authenticate'), at).toBeNull()
  for (const secret of secrets) expect(text, at).not.toContain(secret)
}
