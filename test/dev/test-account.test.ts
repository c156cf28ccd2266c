/** What `npm run dev` says of a test account that could not be made. */
import { afterEach, expect, test, vi } from 'vitest'
import type { WeakPasswordReason } from '../../src/contract/errors.ts'
import { ensureTestAccount } from '../../src/dev/test-account.ts'

afterEach(() => vi.restoreAllMocks())

const answered = async (status: number, body: object): Promise<string | undefined> => {
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(body, { status }))
  return ensureTestAccount('http://localhost:8787', 'token')
}

test.each<[WeakPasswordReason, string]>([
  ['pwned', 'PASSWORD_BLOCKLIST or PASSWORD_BLOCKLIST_EXTRA'],
  ['length', 'PASSWORD_MIN_LENGTH'],
])('a password that is refused (%s): the setting that refuses it', async (reason, setting) => {
  const body = { code: 422, error_code: 'weak_password', weak_password: { reasons: [reason] } }
  expect(await answered(422, body)).toBe(
    `The test account could not be made: ${setting} refuses its password.`,
  )
})

test('anything else: the code; and nothing when it was there already', async () => {
  expect(await answered(503, { error_code: 'service_unavailable' })).toBe(
    'The test account could not be made (503 service_unavailable).',
  )
  expect(await answered(422, { error_code: 'email_exists' })).toBeUndefined()
})
