/** A logout of all that waits when the same person signs in anew is sent first, so that it does not end what begins then. */

import { expect, test } from 'vitest'
import { openBrowser, openService } from '../support/browser.ts'
import { PASSWORD } from '../support/street.ts'

test.each(['cookie', 'bearer'] as const)(
  '%s: whoever signs in anew stays signed in',
  async (transport) => {
    const street = await openService()
    const browser = openBrowser(street)
    const email = `${crypto.randomUUID()}@example.com`
    const { client, goOnline } = browser.openTab({ transport })
    await client.signUp({ email, password: PASSWORD })
    // With cookies, what waits is then the ticket, over which somebody may sign in.
    await street.redis.fail({ kind: 'reset' })
    expect(await client.logout({ scope: 'global' })).toMatchObject({ server: 'queued' })
    await street.redis.heal()
    const { refresh_token } = await street.signIn({ email })
    expect(await client.signIn({ email, password: PASSWORD })).toMatchObject({ ok: true })
    expect(browser.asked.slice(-2).map(({ path }) => path.split('?')[0])).toEqual([
      '/logout',
      '/token',
    ])
    expect((await street.refresh(refresh_token)).status).toBe(400)
    expect(client.getState()).toMatchObject({ status: 'signed_in' })
    goOnline()
    await browser.settled()
    expect((await client.refresh()).status).toBe('signed_in')
  },
)
