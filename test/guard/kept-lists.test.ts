/** More lists than a guard keeps: the one that is asked for all the time stays. */

import { expect, test } from 'vitest'
import { forge } from '../support/forging.ts'
import { ask, lineTo, listGuard } from '../support/guards.ts'
import { openKeyedStreet } from '../support/keyed-street.ts'
import { listOf } from '../support/status-lists.ts'

/** As many as a guard keeps. */
const KEPT = 16

test('a list in steady use is never dropped, though it was fetched first and many came after it', async () => {
  const street = await openKeyedStreet()
  const { key } = street
  const { access_token: token } = await street.signUp()
  const { text } = await listOf(street, token)
  const tokens: string[] = []
  for (let i = 0; i < 2 * KEPT; i++) {
    const uri = `https://auth.example.com/statuslists/${crypto.randomUUID()}`
    tokens.push(await forge(token, key, { claims: { status: { status_list: { idx: 0, uri } } } }))
  }
  const line = lineTo(street, async ({ url }) =>
    url.includes('/statuslists/')
      ? new Response(await forge(text, key, { claims: { sub: url } }))
      : null,
  )
  const guard = listGuard(street, line)
  const [busy = '', ...others] = tokens
  expect(await ask(guard, busy)).toBe('passes')
  for (const other of others) {
    expect(await ask(guard, other)).toBe('passes')
    expect(await ask(guard, busy)).toBe('passes')
  }
  expect(line.lists()).toBe(tokens.length)
})
