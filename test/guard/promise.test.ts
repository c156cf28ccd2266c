/** The promise, row by row, at a resource server: what each ending means to a guard in either mode, and how late. */

import { afterAll, describe, expect, test } from 'vitest'
import { bitAt } from '../../src/crypto/verify-status-list.ts'
import type { Guard } from '../../src/guard/index.ts'
import { devicesOf, newestAccess, openOwners, renew } from '../support/devices.ts'
import { endings, type Scene, tokensOf, townOf } from '../support/endings.ts'
import { ask, lineTo, listGuard, strictGuard } from '../support/guards.ts'
import { listOf, statusOf } from '../support/status-lists.ts'
import { openStreet, type Street } from '../support/street.ts'

const STATUS_LIST_TTL = 30
/** Seconds that the clock is turned at a time. */
const STEP = 1

const lateness: Record<string, { busy: number; quiet: number }> = {}
afterAll(() => {
  const worst = (kind: 'busy' | 'quiet') => Math.max(...Object.values(lateness).map((l) => l[kind]))
  console.log(
    `status-list mode, STATUS_LIST_TTL=${STATUS_LIST_TTL}, seconds from the answer of an ending to the refusal, worst of ` +
      `${endings.length} endings: ${worst('busy')} with requests all the time, ${worst('quiet')} without any in between`,
  )
})

async function openScene(env: Record<string, string>): Promise<Scene & { street: Street }> {
  const street = await openStreet({
    env: { STATUS_LIST_TTL: String(STATUS_LIST_TTL), STATUS_LIST_SIZE: '1024', ...env },
  })
  const [alice, bob] = await openOwners(street, 2)
  if (!alice || !bob) throw new Error('two owners were asked for')
  // On to a moment at which a list gets its full life: the worst for whoever waits for its end.
  const step = Math.floor(STATUS_LIST_TTL / 4) * 1000
  street.clock.now = Math.ceil(street.clock.now / step) * step
  return { street, town: townOf(street), alice, bob, ...alice.devices }
}

/** What a guard says to each token, in the order of the tokens. */
const answers = (guard: Guard, tokens: string[]): Promise<string[]> =>
  Promise.all(tokens.map((token) => ask(guard, token)))

const expected = (tokens: string[], ended: string[]): string[] =>
  tokens.map((token) => (ended.includes(token) ? 'revoked' : 'passes'))

describe.each(endings)('$call', ({ call, prepare, act, ends, bits, env = {} }) => {
  test('is known at once in strict mode, within the list’s life in status-list mode, and to none but its own', async () => {
    const scene = await openScene(env)
    await prepare?.(scene)
    const { street, alice, bob } = scene
    const line = lineTo(street)
    const strict = strictGuard(street, line)
    const lists = listGuard(street, line)
    const quiet = listGuard(street, line)
    const tokens = tokensOf(...devicesOf(alice), ...devicesOf(bob))
    expect(await answers(strict, tokens)).toEqual(expected(tokens, []))
    // A list of this very moment is the one that is gone by for longest.
    for (const guard of [lists, quiet])
      expect(await answers(guard, tokens)).toEqual(expected(tokens, []))
    const fetched = street.clock.now

    const answer = await act(scene)
    expect([200, 400], JSON.stringify(answer.body)).toContain(answer.status)
    const ended = ends(scene)
    const ending = street.clock.now

    expect(await answers(strict, tokens)).toEqual(expected(tokens, ended))

    let seen = await answers(lists, tokens)
    while (!ended.every((token) => seen[tokens.indexOf(token)] === 'revoked')) {
      expect(street.clock.now - ending, seen.join()).toBeLessThan(STATUS_LIST_TTL * 1000)
      // Nobody is refused who was not ended, not even while it is not known who was.
      expect(
        seen.filter((word, i) => word !== 'passes' && !ended.includes(tokens[i] ?? '')),
      ).toEqual([])
      street.clock.pass(STEP)
      seen = await answers(lists, tokens)
    }
    const busy = (street.clock.now - ending) / 1000
    expect(seen).toEqual(expected(tokens, ended))

    // A server that nobody called meanwhile goes by what it has until that lapses, and not a moment longer.
    const lapse = (fetched - (fetched % 1000)) / 1000 + STATUS_LIST_TTL
    expect(lapse).toBeGreaterThan(street.clock.now / 1000)
    street.clock.pass(lapse - street.clock.now / 1000)
    expect(await answers(quiet, tokens)).toEqual(expected(tokens, ended))
    lateness[call] = { busy, quiet: (street.clock.now - ending) / 1000 }

    const list = await listOf(street, tokens[0] ?? '')
    const set = [...devicesOf(alice), ...devicesOf(bob)].filter(
      (device) => bitAt(list.bits, statusOf(newestAccess(device)).idx) === true,
    )
    expect(new Set(set)).toEqual(new Set(bits(scene)))

    // Whoever lives goes on: the next generation passes in both modes.
    for (const device of [...devicesOf(alice), ...devicesOf(bob)]) {
      if (bits(scene).includes(device)) continue
      await renew(street, device)
      const token = newestAccess(device)
      expect([await ask(strict, token), await ask(lists, token)]).toEqual(['passes', 'passes'])
    }
    // And it stays so when the list is renewed again.
    street.clock.pass(STATUS_LIST_TTL)
    expect(await answers(lists, tokens)).toEqual(expected(tokens, ended))
  })
})
