/** Where sessions stand in status lists: places are drawn, never given twice, kept as long as needed, and lost for good when lost. */

import { describe, expect, test } from 'vitest'
import { bitAt } from '../../src/crypto/verify-status-list.ts'
import { ask, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { countOf, listOf, statusOf } from '../support/status-lists.ts'
import { openStreet, type Person, type Street } from '../support/street.ts'

const FAST = {
  SESSIONS_PER_USER: '1000',
  LIMIT_SIGN_IN_ADDRESS: '10000/60',
  LIMIT_SIGN_IN_ACCOUNT: '10000/60',
}
const SMALL = { STATUS_LIST_SIZE: '1024', ...FAST }

const placeOf = (token: string): string => {
  const { uri, idx } = statusOf(token)
  return `${uri} ${idx}`
}
const listIdOf = (token: string): string => statusOf(token).uri.split('/').at(-1) ?? ''

async function signInMany(street: Street, person: Person, count: number): Promise<string[]> {
  const tokens: string[] = []
  for (let done = 0; done < count; done += 10)
    tokens.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(10, count - done) }, async () => {
          return (await street.signIn(person)).access_token
        }),
      )),
    )
  return tokens
}

describe('places', () => {
  test('are never given twice; a list that is about full is closed, and the next one begins', async () => {
    const street = await openStreet({ env: SMALL })
    const owners = [await street.signUp(), await street.signUp()]
    // Half of the first list is taken already, by whomever.
    const first = listIdOf(owners[0]?.access_token ?? '')
    for (let place = 0; place < 1024; place += 2)
      await street.redis.look('SETBIT', `statuslist:${first}:taken`, place, 1)
    const tokens: string[] = []
    for (const owner of owners) {
      tokens.push(...(await signInMany(street, owner, 240)))
      await street.settled()
    }
    expect(new Set(tokens.map(placeOf)).size).toBe(tokens.length)

    const lists = new Map<string, number>()
    for (const token of tokens) lists.set(listIdOf(token), (lists.get(listIdOf(token)) ?? 0) + 1)
    console.log(
      `1024 places a list, 512 taken before, ${tokens.length} sessions: ${[...lists.values()].join(' + ')}`,
    )
    expect(lists.size).toBeGreaterThan(1)
    // Sixteen draws all miss by chance, the likelier the fuller the list: within ten sessions once in five thousand runs.
    for (const count of [...lists.values()].slice(0, -1)) expect(count).toBeGreaterThan(10)
    for (const token of tokens) expect(statusOf(token).idx).toBeLessThan(1024)

    // Ended places are not given again either: the old list stays closed, and the new one knows what was taken.
    await street.call('POST', '/logout/all', { token: tokens[0] ?? '' })
    await street.settled()
    const later = await signInMany(street, owners[0] as Person, 50)
    expect(new Set([...tokens, ...later].map(placeOf)).size).toBe(tokens.length + later.length)
    for (const token of later) expect(listIdOf(token)).toBe(listIdOf(tokens.at(-1) ?? ''))
    const [, last] = owners
    if (!last) throw new Error('two owners')
    expect(await ask(listGuard(street, lineTo(street)), later[0] ?? '')).toBe('passes')
  }, 60_000)

  test('are drawn from all over the list, and tell no order', async () => {
    const size = 2 ** 16
    const street = await openStreet({ env: { ...FAST, STATUS_LIST_SIZE: String(size) } })
    const person = await street.signUp()
    const tokens = await signInMany(street, person, 320)
    const places = tokens.map((token) => statusOf(token).idx)
    // Sixteen classes of twenty each: chi square with 15 degrees of freedom is above 50 once in 90 thousand runs.
    const classes = new Array<number>(16).fill(0)
    for (const place of places)
      classes[Math.floor((place * 16) / size)] = (classes[Math.floor((place * 16) / size)] ?? 0) + 1
    const chi = classes.reduce((sum, count) => sum + (count - 20) ** 2 / 20, 0)
    expect(chi).toBeLessThan(50)
    // Up as often as down, and hardly ever next to each other.
    const steps = places.slice(1).map((place, i) => place - (places[i] ?? 0))
    const up = steps.filter((step) => step > 0).length / steps.length
    expect(Math.abs(up - 0.5)).toBeLessThan(0.15)
    expect(steps.filter((step) => Math.abs(step) <= 8).length).toBeLessThan(4)
  })

  test('are kept by a session through every refresh', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    const { body } = await street.refresh(person.refresh_token)
    expect(placeOf(String(body.access_token))).toBe(placeOf(person.access_token))
  })

  test('of a list that was made smaller than lists are now: none beyond its end', async () => {
    const small = await openStreet({ env: SMALL })
    const person = await small.signUp()
    const large = await openStreet({
      env: { ...SMALL, STATUS_LIST_SIZE: '8192' },
      redis: small.redis,
    })
    const line = lineTo(large)
    const guard = listGuard(large, line)
    const tokens = await signInMany(large, person, 60)
    for (const token of tokens) expect(await ask(guard, token)).toBe('passes')
    const { bits } = await listOf(large, person.access_token)
    expect(bits.length).toBe(1024 / 8)
  })

  test('of a list that was made greater than lists are now are as good as any', async () => {
    const large = await openStreet({ env: { ...SMALL, STATUS_LIST_SIZE: '8192' } })
    const person = await large.signUp()
    const small = await openStreet({ env: SMALL, redis: large.redis })
    const tokens = await signInMany(small, person, 20)
    const guard = listGuard(small, lineTo(small))
    for (const token of [...tokens, person.access_token])
      expect(await ask(guard, token)).toBe('passes')
  })
})

describe('a list lives', () => {
  const DAY = 86_400
  const lives = async (street: Street, token: string) => {
    const id = listIdOf(token)
    const parts = [`statuslist:${id}`, `statuslist:${id}:taken`, `statuslist:${id}:realm`]
    return Promise.all(
      parts.map(async (key) => Number(await street.redis.look('PTTL', key)) / 1000),
    )
  }

  test('as long as its last session may, in all three of its keys', async () => {
    const street = await openStreet()
    const { access_token: token } = await street.signUp()
    for (const seconds of await lives(street, token)) {
      expect(seconds).toBeGreaterThan(30 * DAY - 60)
      expect(seconds).toBeLessThanOrEqual(30 * DAY)
    }
  })

  test('longer with each session that gets a place in it', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    const id = listIdOf(person.access_token)
    for (const part of ['', ':taken', ':realm'])
      await street.redis.look('PEXPIRE', `statuslist:${id}${part}`, String(DAY * 1000))
    const { access_token: token } = await street.signIn(person)
    expect(listIdOf(token)).toBe(id)
    for (const seconds of await lives(street, token)) expect(seconds).toBeGreaterThan(29 * DAY)
  })

  test('no shorter because sessions have a shorter life from now on', async () => {
    const street = await openStreet()
    const person = await street.signUp()
    const shorter = await openStreet({
      env: { SESSION_ABSOLUTE_TTL: String(DAY), SESSION_IDLE_TTL: String(DAY) },
      redis: street.redis,
    })
    const { access_token: token } = await shorter.signIn(person)
    expect(listIdOf(token)).toBe(listIdOf(person.access_token))
    for (const seconds of await lives(street, token)) expect(seconds).toBeGreaterThan(29 * DAY)
  })
})

describe('a cutoff of everyone', () => {
  test('voids every list of before at once, and whoever comes after it is in a new one', async () => {
    const street = await openStreet({ env: SMALL })
    const person = await street.signUp()
    const other = await street.signIn(person)
    const service = await street.serviceToken()
    expect((await street.call('POST', '/admin/logout', { token: service })).status).toBe(200)

    const { bits } = await listOf(street, person.access_token)
    expect(countOf(bits)).toBe(1024)
    const fresh = await street.signIn(person)
    expect(listIdOf(fresh.access_token)).not.toBe(listIdOf(person.access_token))
    expect(countOf((await listOf(street, fresh.access_token)).bits)).toBe(0)
    expect(countOf((await listOf(street, person.access_token)).bits)).toBe(1024)
    const guard = listGuard(street, lineTo(street))
    expect(await ask(guard, fresh.access_token)).toBe('passes')
    expect(await ask(guard, other.access_token)).toBe('revoked')
    const renewed = await street.refresh(fresh.refresh_token)
    expect(await ask(guard, String(renewed.body.access_token))).toBe('passes')
  })
})

describe('a list that is lost', () => {
  test.each(['', ':taken', ':realm'])(
    'in part (statuslist:<id>%s): nobody is let back in, and new sessions get a new list',
    async (part) => {
      const street = await openStreet({ env: SMALL })
      const person = await street.signUp()
      const ended = await street.signIn(person)
      await street.call('POST', '/logout?scope=local', { token: ended.access_token })
      const id = listIdOf(person.access_token)
      expect(await street.redis.look('DEL', `statuslist:${id}${part}`)).toBe(1)

      const guard = listGuard(street, lineTo(street))
      expect(await ask(guard, ended.access_token)).toBe(part === ':taken' ? 'revoked' : 'unknown')
      const fresh = await street.signIn(person)
      expect(listIdOf(fresh.access_token)).not.toBe(id)
      expect(await ask(guard, fresh.access_token)).toBe('passes')
    },
  )

  test('stays lost: no ending brings it back, and every ending works all the same', async () => {
    const street = await openStreet({ env: SMALL })
    const person = await street.signUp()
    const [one, two, three] = [
      await street.signIn(person),
      await street.signIn(person),
      await street.signIn(person),
    ]
    const id = listIdOf(person.access_token)
    await street.redis.look('DEL', `statuslist:${id}`)
    const strict = strictGuard(street, lineTo(street))

    const end = (path: string, { access_token: token }: { access_token: string }) =>
      street.call('POST', path, { token })
    expect((await end('/logout?scope=local', one)).status).toBe(200)
    expect((await end('/logout?scope=others', two)).body.sessions_ended).toBe(2)
    expect((await end('/logout/all', two)).status).toBe(200)
    for (const { access_token } of [person, one, two, three])
      expect(await ask(strict, access_token)).toBe('revoked')
    expect(await street.redis.look('EXISTS', `statuslist:${id}`)).toBe(0)
    expect((await street.call('GET', `/statuslists/${id}`)).status).toBe(404)
  })

  test('with the pointer to it: a new one begins, and the old one is published as before', async () => {
    const street = await openStreet({ env: SMALL })
    const person = await street.signUp()
    await street.redis.look('DEL', 'statuslist')
    const fresh = await street.signIn(person)
    expect(listIdOf(fresh.access_token)).not.toBe(listIdOf(person.access_token))
    await street.call('POST', '/logout?scope=others', { token: fresh.access_token })
    const { bits } = await listOf(street, person.access_token)
    expect(bitAt(bits, statusOf(person.access_token).idx)).toBe(true)
    expect(countOf(bits)).toBe(1)
  })

  test('with the realm’s counter: void', async () => {
    const street = await openStreet({ env: SMALL })
    const person = await street.signUp()
    await street.redis.look('DEL', 'token_version')
    expect(await ask(listGuard(street, lineTo(street)), person.access_token)).toBe('revoked')
  })
})

describe('sign-ins at the same moment', () => {
  test('as the first ever, and while lists are changed, all get a place of their own', async () => {
    const street = await openStreet({ env: SMALL })
    const owners = await Promise.all(Array.from({ length: 12 }, () => street.signUp()))
    expect(new Set(owners.map(({ access_token }) => placeOf(access_token))).size).toBe(12)
    expect(new Set(owners.map(({ access_token }) => listIdOf(access_token))).size).toBe(1)
    await street.redis.look('DEL', 'statuslist')
    const again = await Promise.all(owners.map((owner) => street.signIn(owner)))
    const all = [...owners, ...again].map(({ access_token }) => placeOf(access_token))
    expect(new Set(all).size).toBe(24)
    const guard = listGuard(street, lineTo(street))
    for (const { access_token } of again) expect(await ask(guard, access_token)).toBe('passes')
  })
})
