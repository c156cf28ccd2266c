/** What one tab says and another hears late: after something newer. */

import { expect, test } from 'vitest'
import { openBrowser, openService } from '../support/browser.ts'
import { PASSWORD } from '../support/street.ts'

test.each(['cookie', 'bearer'] as const)(
  '%s: tokens that are heard of after newer ones are not taken',
  async (transport) => {
    const street = await openService()
    const browser = openBrowser(street)
    const [teller, hearer] = [browser.openTab({ transport }), browser.openTab({ transport })]
    const email = `${crypto.randomUUID()}@example.com`
    await teller.client.signUp({ email, password: PASSWORD })
    await hearer.client.ready()
    const { user, accessToken, sessionId, expiresAt } = teller.client.getState()
    const heard = () => hearer.client.getState().accessToken
    street.clock.pass(60)
    const newer = await teller.client.refresh()
    await expect.poll(heard).toBe(newer.accessToken)
    const shown: (string | null)[] = []
    hearer.client.subscribe(() => shown.push(heard()))

    const old = { user, accessToken, refreshToken: null, sessionId, expiresAt }
    for (const channel of teller.channels) channel.postMessage({ held: old })
    street.clock.pass(60)
    const newest = await teller.client.refresh()

    // One channel keeps the order, so the old ones have been heard by then.
    await expect.poll(heard).toBe(newest.accessToken)
    expect(shown).not.toContain(accessToken)
  },
)
