/** One's own devices: what a person sees of each, and which one is this. */

import { beforeEach, describe, expect, test } from 'vitest'
import type { SessionBody } from '../src/contract/answers.ts'
import { claimsOf, openStreet, PASSWORD, type Street } from './support/street.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

let street: Street
beforeEach(async () => {
  street = await openStreet()
})

const list = async (token: string): Promise<SessionBody[]> => {
  const answer = await street.call('GET', '/sessions', { token })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  return answer.body.sessions as SessionBody[]
}

describe('the list of devices', () => {
  test('tells of each when it came, when it was last there and when it ends', async () => {
    const started = street.clock.now
    const person = await street.signUp()
    street.clock.pass(60)
    const { body } = await street.refresh(person.refresh_token)
    expect(await list(String(body.access_token))).toEqual([
      {
        id: claimsOf(person.access_token).sid,
        current: true,
        created_at: new Date(started).toISOString(),
        last_seen_at: new Date(started + 60_000).toISOString(),
        expires_at: new Date(started + 60_000 + 7 * 86_400_000).toISOString(),
        device: 'Unknown device',
        place: '',
      },
    ])
  })

  test('marks the one that asks', async () => {
    const person = await street.signUp()
    const laptop = await street.signIn(person)
    const currentFor = async (token: string) =>
      (await list(token)).filter(({ current }) => current).map(({ id }) => id)
    expect(await currentFor(person.access_token)).toEqual([claimsOf(person.access_token).sid])
    expect(await currentFor(laptop.access_token)).toEqual([claimsOf(laptop.access_token).sid])
  })

  test('has a name for each, from what it calls itself', async () => {
    const person = await street.signUp()
    for (const name of [FIREFOX, 'curl/8.5.0', 'x'.repeat(100_000)]) {
      street.clock.pass(1)
      await street.signIn(person, { headers: { 'User-Agent': name } })
    }
    const devices = (await list(person.access_token)).map(({ device }) => device)
    expect(devices).toEqual(['Unknown device', 'Firefox on Windows', 'curl', 'x'.repeat(40)])
  })

  test('tells where each was last, and as what', async () => {
    const person = await street.signUp()
    const request = new Request('https://auth.example.com/token?grant_type=refresh_token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': FIREFOX },
      body: JSON.stringify({ refresh_token: person.refresh_token }),
      cf: { city: 'Zürich', country: 'CH' } as RequestInitCfProperties,
    })
    expect((await street.fetch(request)).status).toBe(200)
    expect(await list(person.access_token)).toMatchObject([
      { device: 'Firefox on Windows', place: 'Zürich, CH' },
    ])
  })

  test('shows nobody else’s', async () => {
    const [person, other] = [await street.signUp(), await street.signUp()]
    expect((await list(person.access_token)).map(({ id }) => id)).toEqual([
      claimsOf(person.access_token).sid,
    ])
    expect(await list(other.access_token)).toHaveLength(1)
  })

  test('no longer shows one that was ended', async () => {
    const person = await street.signUp()
    const laptop = await street.signIn(person)
    const path = `/sessions/${claimsOf(laptop.access_token).sid}`
    const answer = await street.call('DELETE', path, { token: person.access_token })
    expect(answer.status).toBe(200)
    expect((await list(person.access_token)).map(({ current }) => current)).toEqual([true])
  })
})

describe('the place of a device', () => {
  const arrive = async (cf: unknown, headers: Record<string, string> = {}): Promise<string> => {
    const { email } = await street.signUp()
    const request = new Request('https://auth.example.com/token?grant_type=password', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ email, password: PASSWORD }),
      ...(cf === undefined ? {} : { cf: cf as RequestInitCfProperties }),
    })
    const response = await street.fetch(request)
    const { access_token } = await response.json<{ access_token: string }>()
    return (await list(access_token)).find(({ current }) => current)?.place ?? 'no such session'
  }

  test.each([
    { what: 'city and country', cf: { city: 'Zürich', country: 'CH' }, place: 'Zürich, CH' },
    { what: 'a country only', cf: { country: 'CH' }, place: 'CH' },
    { what: 'nothing', cf: {}, place: '' },
    { what: 'no word at all', cf: undefined, place: '' },
    {
      what: 'a name without end',
      cf: { city: 'Zürich'.repeat(50) },
      place: 'Zürich'.repeat(14).slice(0, 80),
    },
    { what: 'what is no text', cf: { city: 7, country: null }, place: '' },
  ])('is what the edge says: $what', async ({ cf, place }) => {
    expect(await arrive(cf)).toBe(place)
  })

  test('is never what the caller says', async () => {
    const headers = { 'CF-IPCity': 'Atlantis', 'CF-IPCountry': 'XX', 'X-Forwarded-For': '1.2.3.4' }
    expect(await arrive({ city: 'Zürich', country: 'CH' }, headers)).toBe('Zürich, CH')
  })
})
