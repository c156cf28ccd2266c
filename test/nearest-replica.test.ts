/** READ_CONSISTENCY=replica: a check asks for a replica that has heard of what this isolate was last told, as Upstash has it. */

import { expect, onTestFinished, test, vi } from 'vitest'
import { ask, lineTo, strictGuard } from './support/guards.ts'
import { openStreet } from './support/street.ts'

const FIELD = 'upstash-sync-token'

/** Every request to Redis from now on, with the token that it hands back and the one that its answer brings, unless stripped. */
function listen(isStripped = () => false) {
  const seen: { command: string; brought: string | null; told: string | null }[] = []
  const { fetch } = globalThis
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (where, what) => {
    const response = await fetch(where, what)
    const [, command = ''] = /"([A-Z]+)"/.exec(String(what?.body)) ?? []
    const brought = new Headers(what?.headers).get(FIELD)
    const headers = new Headers(response.headers)
    if (isStripped()) headers.delete(FIELD)
    seen.push({ command, brought, told: headers.get(FIELD) })
    return new Response(response.body, { status: response.status, headers })
  })
  onTestFinished(() => void spy.mockRestore())
  return seen
}

test('after a logout: the one that has heard of it', async () => {
  const street = await openStreet({ env: { READ_CONSISTENCY: 'replica' } })
  const { access_token: token } = await street.signUp()
  const seen = listen()
  expect((await street.call('POST', '/logout?scope=local', { token })).status).toBe(200)
  const heard = seen.at(-1)?.told
  expect(heard).toBeTruthy()
  seen.length = 0

  expect((await street.call('GET', '/user/events', { token })).status).toBe(401)

  expect(seen).toMatchObject([{ command: 'MGET', brought: heard }])
})

test('an answer that brings no token does not take back what was heard before', async () => {
  const street = await openStreet({ env: { READ_CONSISTENCY: 'replica' } })
  const { access_token: token } = await street.signUp()
  let isStripped = false
  const seen = listen(() => isStripped)
  expect((await street.call('POST', '/logout?scope=local', { token })).status).toBe(200)
  const heard = seen.at(-1)?.told
  expect(heard).toBeTruthy()
  isStripped = true
  await street.signUp()
  seen.length = 0

  expect((await street.call('GET', '/user/events', { token })).status).toBe(401)

  expect(seen).toMatchObject([{ command: 'MGET', brought: heard }])
})

test('a guard asks for one that is no older than its last answer', async () => {
  const street = await openStreet()
  const { access_token: token } = await street.signUp()
  const guard = strictGuard(street, lineTo(street), {}, 'replica')
  const seen = listen()
  for (let times = 0; times < 3; times++) expect(await ask(guard, token)).toBe('passes')
  expect(seen).toHaveLength(3)
  expect(seen.slice(1).map(({ brought }) => brought)).toEqual(
    seen.slice(0, -1).map(({ told }) => told),
  )
})
