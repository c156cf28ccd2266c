/** What `npm run dev` says of the test account: made, there already, or not to be made. */
import { afterEach, expect, test, vi } from 'vitest'
import type { WeakPasswordReason } from '../../src/contract/errors.ts'
import { ensureTestAccount, testAccount } from '../../src/dev/test-account.ts'

afterEach(() => vi.restoreAllMocks())

const { email } = testAccount

/** What is said of the account when these are there, and when its making is answered so; and which calls it took. */
async function answered(status: number, body: object, there: readonly string[] = []) {
  const calls = vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, { method } = {}) => {
    if (method === 'POST') return Response.json(body, { status })
    return Response.json({ users: there.map((email) => ({ email })) })
  })
  const said = await ensureTestAccount('http://localhost:8787', 'token')
  return { said, methods: calls.mock.calls.map(([, init]) => init?.method ?? 'GET') }
}

const exists = { code: 422, error_code: 'email_exists' }
const kept = `${email}, made by an earlier start (password password123, unless it was changed)`

test('made now: its password is known', async () => {
  // The listing is of addresses that begin so.
  const { said } = await answered(200, {}, [`${email}.au`])
  expect(said).toBe(`${email}, password password123`)
})

test('there already: nothing is tried that would be refused, and its password may be another', async () => {
  expect(await answered(422, exists, [email])).toEqual({ said: kept, methods: ['GET'] })
})

test('made by somebody else in between: as if it had been there', async () => {
  expect((await answered(422, exists)).said).toBe(kept)
})

test.each<[WeakPasswordReason, string]>([
  ['pwned', 'PASSWORD_BLOCKLIST or PASSWORD_BLOCKLIST_EXTRA'],
  ['length', 'PASSWORD_MIN_LENGTH'],
])('a password that is refused (%s): the setting that refuses it', async (reason, setting) => {
  const body = { code: 422, error_code: 'weak_password', weak_password: { reasons: [reason] } }
  expect((await answered(422, body)).said).toBe(
    `The test account could not be made: ${setting} refuses its password.`,
  )
})

test('anything else: the code, if there is one, and what to do', async () => {
  expect((await answered(503, { error_code: 'service_unavailable' })).said).toBe(
    'The test account could not be made (503 service_unavailable). Start again to try once more.',
  )
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
  expect(await ensureTestAccount('http://localhost:8787', 'token')).toBe(
    'The test account could not be made (no answer). Start again to try once more.',
  )
})
