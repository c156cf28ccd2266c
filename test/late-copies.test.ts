/** A call that reaches Redis once more, long after its answer: whatever was ended meanwhile stays ended. */

import { expect, test, vi } from 'vitest'
import type { TokenBody } from '../src/contract/answers.ts'
import { openStreet, PASSWORD, type Street } from './support/street.ts'

interface Opened {
  street: Street
  tokens: TokenBody
  email: string
  /** Sends what opened the session again, as it was. */
  again: () => Promise<{ kind: string }>
}

/** The list of the first session of all is another afterwards, which would refuse a copy by itself: so nobody is the first. */
async function openAfterAnother(): Promise<Street> {
  const street = await openStreet()
  await street.signUp()
  return street
}

async function bySignUp(): Promise<Opened> {
  const street = await openAfterAnother()
  const { sessions } = street.services.ports
  const sent = vi.spyOn(sessions, 'signUp')
  const person = await street.signUp()
  const [call] = sent.mock.calls
  if (!call) throw new Error('nothing was sent')
  return { street, tokens: person, email: person.email, again: () => sessions.signUp(...call) }
}

async function bySignIn(): Promise<Opened> {
  const street = await openAfterAnother()
  const { sessions } = street.services.ports
  const person = await street.signUp()
  const sent = vi.spyOn(sessions, 'open')
  const tokens = await street.signIn(person)
  const [call] = sent.mock.calls
  if (!call) throw new Error('nothing was sent')
  return { street, tokens, email: person.email, again: () => sessions.open(...call) }
}

const openings = [
  { how: 'a sign-up', open: bySignUp },
  { how: 'a sign-in', open: bySignIn },
]
const endings: [string, (opened: Opened) => Promise<{ status: number }>][] = [
  [
    '/logout?scope=local',
    ({ street, tokens }) =>
      street.call('POST', '/logout?scope=local', { token: tokens.access_token }),
  ],
  [
    '/logout?scope=others of another device',
    async ({ street, email }) => {
      const { access_token: token } = await street.signIn({ email })
      return street.call('POST', '/logout?scope=others', { token })
    },
  ],
  [
    '/logout/all',
    ({ street, tokens }) => street.call('POST', '/logout/all', { token: tokens.access_token }),
  ],
  [
    'DELETE /user',
    ({ street, tokens }) =>
      street.call('DELETE', '/user', {
        token: tokens.access_token,
        body: { current_password: PASSWORD },
      }),
  ],
]

for (const { how, open } of openings)
  test.each(endings)(`of ${how} does not undo %s`, async (_, end) => {
    const opened = await open()
    const { street, tokens } = opened
    // A token that the ending does not name, and so does not blacklist.
    const renewed = await street.refresh(tokens.refresh_token)
    const newest = renewed.body as unknown as TokenBody
    expect((await end({ ...opened, tokens: newest })).status).toBe(200)

    const late = await opened.again()

    expect(late.kind).not.toBe('opened')
    for (const { access_token, refresh_token } of [tokens, newest]) {
      expect((await street.call('GET', '/user', { token: access_token })).status).toBe(401)
      expect((await street.refresh(refresh_token)).status).toBe(400)
    }
    const signIn = await street.call('POST', '/token?grant_type=password', {
      body: { email: opened.email, password: PASSWORD },
    })
    expect(signIn.status).toBe((await accountOf(opened)) ? 200 : 400)
  })

async function accountOf({ street, tokens }: Opened): Promise<boolean> {
  return (await street.redis.look('EXISTS', `user:${tokens.user.id}`)) === 1
}
