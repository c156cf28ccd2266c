/** Owns the making of administrators, and the id of a user who does not exist. */

import { expect } from 'vitest'
import { PASSWORD, type Person, type Street } from './street.ts'

/** A person whom a service token has made an administrator, signed in again since. */
export async function openAdministrator(street: Street): Promise<Person> {
  const person = await street.signUp()
  const { status } = await street.call('PUT', `/admin/users/${person.user.id}`, {
    token: await street.serviceToken(),
    body: { role: 'admin' },
  })
  expect(status).toBe(200)
  return { ...person, ...(await street.signIn(person)), password: PASSWORD }
}

/** An id of our form that nobody has. */
export const NOBODY = '00000000-0000-4000-8000-000000000000'
