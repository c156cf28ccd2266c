/** tmp */
import { expect, test } from 'vitest'
import { openClient, versions } from './support/auth-client.ts'
import { openStreet, PASSWORD } from './support/street.ts'

test.each(versions)('sign up $version', async ({ authJs }) => {
  const street = await openStreet({ basePath: '/auth/v1' })
  const c = openClient(authJs, street)
  const r = await c.auth.signUp({ email: 'a@example.com', password: PASSWORD })
  console.log(JSON.stringify(r), c.events, c.exchanges, c.stored())
  expect(r.error).toBeNull()
})
