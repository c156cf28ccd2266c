/** An administrator among the accounts: a person, whose own sessions are listed as such. */

import { expect, test } from 'vitest'
import { openAdministrator } from './support/operators.ts'
import { claimsOf, openStreet } from './support/street.ts'

interface Listed {
  id: string
  current: boolean
}

test('the session that asks is marked in the list of one’s own, and none in anybody else’s', async () => {
  const street = await openStreet()
  const admin = await openAdministrator(street)
  const { access_token: phone } = await street.signIn(admin)
  const other = await street.signUp()
  const list = async (id: string): Promise<Listed[]> => {
    const answer = await street.call('GET', `/admin/users/${id}/sessions`, {
      token: admin.access_token,
    })
    expect(answer.status).toBe(200)
    return answer.body.sessions as Listed[]
  }

  const own = (await list(admin.user.id)).map(({ id, current }) => [id, current])
  expect(own).toHaveLength(2)
  expect(Object.fromEntries(own)).toEqual({
    [String(claimsOf(admin.access_token).sid)]: true,
    [String(claimsOf(phone).sid)]: false,
  })
  expect((await list(other.user.id)).map(({ current }) => current)).toEqual([false])
})
