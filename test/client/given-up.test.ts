/** Logouts that were given up, more than one of them: the widest of them is what is said. */

import { expect, test } from 'vitest'
import { openBrowser, openService } from '../support/browser.ts'
import { PASSWORD } from '../support/street.ts'

test.each(['others', 'local'] as const)(
  'what was given up of all is not said to be of %s once that is given up too',
  async (scope) => {
    const street = await openService()
    const browser = openBrowser(street)
    const enter = async () => {
      const tab = browser.openTab({ transport: 'bearer', storage: 'memory' })
      const email = `${crypto.randomUUID()}@example.com`
      expect(await tab.client.signUp({ email, password: PASSWORD })).toMatchObject({ ok: true })
      return tab.client
    }
    const [ada, ben] = [await enter(), await enter()]
    browser.network.instead = ({ url }) =>
      url.includes('/logout') ? Response.json({}, { status: 403 }) : undefined
    expect(await ada.logout({ scope: 'global' })).toMatchObject({ server: 'refused' })
    expect(ada.getState().givenUp).toBe('global')
    expect(await ben.logout({ scope })).toMatchObject({ server: 'refused' })
    expect([ada, ben].map((client) => client.getState().givenUp)).toEqual(['global', 'global'])
  },
)
