/** Everywhere at once: the other tabs within a moment, another device's tab when it is looked at. */

import { beforeEach, describe, expect, test } from 'vitest'
import {
  type Browser,
  openBrowser,
  openService,
  type Tab,
  type TabOptions,
} from '../support/browser.ts'
import { PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let email: string

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  email = `${crypto.randomUUID()}@example.com`
})

describe.each([
  ['cookie', {}],
  ['bearer', {}],
  ['cookie', { channels: false }],
  ['bearer', { channels: false }],
  ['cookie', { channels: 'forbidden' }],
  ['bearer', { channels: 'forbidden' }],
] as ['cookie' | 'bearer', TabOptions][])('%s %o', (transport, options) => {
  const open = (more: TabOptions = {}) => browser.openTab({ transport, ...options, ...more })
  const openTabs = async (count: number) => {
    const tabs = Array.from({ length: count }, () => open())
    for (const { client } of tabs) await client.ready()
    return tabs
  }

  test('a sign-in in one tab is one in all', async () => {
    const [first, ...others] = await openTabs(3)
    await first?.client.signUp({ email, password: PASSWORD })
    for (const { client } of others) {
      await expect.poll(() => client.getState().status).toBe('signed_in')
      expect(client.getState()).toMatchObject({ user: { email } })
      expect((await client.listSessions()).ok).toBe(true)
    }
  })

  test('a logout in one tab is one in all, and nothing echoes', async () => {
    const [first, ...others] = await openTabs(4)
    await first?.client.signUp({ email, password: PASSWORD })
    for (const { client } of others)
      await expect.poll(() => client.getState().status).toBe('signed_in')
    await browser.settled()
    browser.asked.length = 0
    let changes = 0
    for (const { client } of others) client.subscribe(() => changes++)
    await first?.client.logout()
    for (const { client } of others) {
      await expect.poll(() => client.getState().status).toBe('signed_out')
      expect(client.getState()).toMatchObject({
        endedBecause: 'elsewhere',
        accessToken: null,
        user: null,
      })
    }
    await browser.settled()
    expect(browser.asked.map(({ path }) => path)).toEqual(['/logout?scope=local'])
    expect(changes).toBe(others.length)
    expect(first?.client.getState().endedBecause).toBe('logout')
  })

  test('a logout in a tab that has not heard yet of a sign-in is one of that session', async () => {
    const [first, second] = await openTabs(2)
    if (!second) throw new Error()
    for (const channel of second.channels) channel.onmessage = null
    second.window.listeners.delete('storage')
    await first?.client.signUp({ email, password: PASSWORD })
    const { accessToken } = first?.client.getState() ?? {}
    expect(second.client.getState().status).toBe('signed_out')
    expect(await second.client.logout()).toMatchObject({ ok: true, sessionsEnded: 1 })
    expect((await street.call('GET', '/user', { token: accessToken ?? '' })).status).toBe(401)
    await expect.poll(() => first?.client.getState().status).toBe('signed_out')
  })

  test('everybody in is everybody in: another account replaces the first in all tabs', async () => {
    const [first, second] = await openTabs(2)
    await first?.client.signUp({ email, password: PASSWORD })
    await expect.poll(() => second?.client.getState().status).toBe('signed_in')
    await second?.client.signUp({ email: `x${email}`, password: PASSWORD })
    await expect.poll(() => first?.client.getState().user?.email).toBe(`x${email}`)
  })

  test('a tab that heard nothing while it was frozen sees it when it wakes', async () => {
    const [first, frozen] = await openTabs(2)
    await first?.client.signUp({ email, password: PASSWORD })
    await expect.poll(() => frozen?.client.getState().status).toBe('signed_in')
    if (!frozen) throw new Error()
    frozen.hide()
    for (const channel of frozen.channels) channel.onmessage = null
    const heard = frozen.window.listeners.get('storage')
    frozen.window.listeners.delete('storage')
    await first?.client.logout()
    await browser.settled()
    expect(frozen.client.getState().status).toBe('signed_in')
    if (heard) frozen.window.listeners.set('storage', heard)
    browser.asked.length = 0
    frozen.document.visibilityState = 'visible'
    frozen.window.fire('pageshow')
    expect(frozen.client.getState().status).toBe('signed_out')
    expect(browser.asked).toEqual([])
  })
})

test.each(['cookie', 'bearer'] as const)(
  '%s: another account replaces the first in another tab without a moment in which nobody is known',
  async (transport) => {
    const [first, second] = [browser.openTab({ transport }), browser.openTab({ transport })]
    await first.client.signUp({ email, password: PASSWORD })
    await second.client.ready()
    await browser.settled()
    const seen = new Set<string | undefined>()
    first.client.subscribe(() => seen.add(first.client.getState().user?.email))
    await second.client.signUp({ email: `x${email}`, password: PASSWORD })
    await browser.settled()
    expect([...seen]).toEqual([`x${email}`])
  },
)

describe('bearer, session: back to a page that the browser has kept, from the page after it', () => {
  const goOn = async () => {
    const tab = browser.openTab({ transport: 'bearer', storage: 'session' })
    await tab.client.signUp({ email, password: PASSWORD })
    // A page that is kept hears nothing.
    for (const channel of tab.channels) channel.onmessage = null
    const heard = new Map(tab.window.listeners)
    tab.window.listeners.clear()
    const after = tab.openAnother()
    expect((await after.ready()).status).toBe('signed_in')
    const goBack = () => {
      after.dispose()
      for (const [type, listeners] of heard) tab.window.listeners.set(type, listeners)
      tab.window.fire('pageshow')
    }
    return { ...tab, after, goBack }
  }

  test.each([
    ['online', true],
    ['offline', false],
  ])('%s: which has logged out', async (_, isUp) => {
    const { client, session, after, goBack } = await goOn()
    browser.network.isUp = isUp
    await after.logout()
    goBack()
    expect(client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'logout' })
    expect(session.text()).not.toContain('eyJ')
  })

  test('which has renewed', async () => {
    const { client, after, goBack } = await goOn()
    const { refreshToken } = await after.refresh()
    goBack()
    expect(client.getState()).toMatchObject({ status: 'signed_in', refreshToken })
  })
})

/** As a page that is frozen or kept: it hears nothing until it is thawed. */
function freeze({ channels, window }: Tab): () => void {
  const heard = [...channels].map((channel) => ({ channel, hear: channel.onmessage }))
  for (const { channel } of heard) channel.onmessage = null
  const listeners = window.listeners.get('storage')
  window.listeners.delete('storage')
  return () => {
    for (const { channel, hear } of heard) channel.onmessage = hear
    if (listeners) window.listeners.set('storage', listeners)
  }
}

/** Ada in both tabs, then Eve in the first, of which the second hears nothing. */
async function overtake(transport: 'cookie' | 'bearer') {
  const first = browser.openTab({ transport })
  await first.client.signUp({ email, password: PASSWORD })
  const frozen = browser.openTab({ transport })
  await frozen.client.ready()
  // What is asked later is answered later: it has looked at its user by then.
  await frozen.client.listSessions()
  const thaw = freeze(frozen)
  await first.client.signUp({ email: `eve-${email}`, password: PASSWORD })
  const { accessToken, sessionId } = first.client.getState()
  // A channel brings it a moment later.
  await browser.settled()
  expect(frozen.client.getState().user?.email).toBe(email)
  const works = async () =>
    (await street.call('GET', '/user', { token: accessToken ?? '' })).status === 200
  return { first, frozen, thaw, sessionId, works }
}

describe('cookie: back to a page that the browser has kept, and somebody else is signed in by now', () => {
  const fail = () => {
    browser.network.instead = ({ url }) =>
      url.includes('refresh_token') ? Response.json({}, { status: 503 }) : undefined
  }

  test('it shows nobody until it knows who', async () => {
    const { frozen, thaw, sessionId } = await overtake('cookie')
    const shown: unknown[] = []
    frozen.client.subscribe(() => shown.push(frozen.client.getState().user?.email))
    thaw()
    frozen.window.fire('pageshow')
    expect(frozen.client.getState()).toMatchObject({
      status: 'loading',
      user: null,
      accessToken: null,
    })
    await expect
      .poll(() => frozen.client.getState())
      .toMatchObject({
        status: 'signed_in',
        sessionId,
      })
    expect(shown).not.toContain(email)
  })

  test.each(['answered', 'not answered'])(
    'a logout there is one of whoever is there now, who that is asked for and %s',
    async (how) => {
      const { first, frozen, thaw, works } = await overtake('cookie')
      if (how === 'not answered') fail()
      thaw()
      frozen.window.fire('pageshow')
      if (how === 'answered')
        await expect.poll(() => frozen.client.getState().status).toBe('signed_in')
      expect(await frozen.client.logout()).toMatchObject({ server: 'confirmed', sessionsEnded: 1 })
      expect(await works()).toBe(false)
      await expect.poll(() => first.client.getState().status).toBe('signed_out')
    },
  )
})

describe.each(['cookie', 'bearer'] as const)(
  '%s: a tab that has not heard yet that somebody else is signed in',
  (transport) => {
    test('logs that one out, and nobody is shown who is not', async () => {
      const { first, frozen, works } = await overtake(transport)
      expect(await frozen.client.logout()).toMatchObject({ server: 'confirmed', sessionsEnded: 1 })
      expect(await works()).toBe(false)
      await expect.poll(() => first.client.getState().status).toBe('signed_out')
    })

    test('renews for that one', async () => {
      const { frozen, sessionId } = await overtake(transport)
      expect(await frozen.client.refresh()).toMatchObject({ status: 'signed_in', sessionId })
    })

    test('signs in, which ends what it replaces', async () => {
      const { frozen, works } = await overtake(transport)
      await frozen.client.signUp({ email: `zoe-${email}`, password: PASSWORD })
      await expect.poll(works).toBe(false)
      expect((await frozen.client.refresh()).user?.email).toBe(`zoe-${email}`)
    })
  },
)

describe('localStorage is full when somebody else signs in', () => {
  const signInFull = async (transport: 'cookie' | 'bearer') => {
    const first = browser.openTab({ transport })
    await first.client.signUp({ email, password: PASSWORD })
    const second = browser.openTab({ transport })
    await second.client.ready()
    browser.room.isFull = true
    await first.client.signUp({ email: `eve-${email}`, password: PASSWORD })
    await expect.poll(() => browser.count('/logout')).toBe(1)
    // It has been asked for; now it is answered too.
    await browser.settled()
    return { first, second }
  }

  test('cookie: the other tab follows', async () => {
    const { first, second } = await signInFull('cookie')
    await expect.poll(() => second.client.getState().user?.email).toBe(`eve-${email}`)
    browser.room.isFull = false
    expect((await second.client.refresh()).status).toBe('signed_in')
    expect(first.client.getState().status).toBe('signed_in')
  })

  test('bearer: the end of the session before, as the other tab learns of it, is none of the new one', async () => {
    const { first, second } = await signInFull('bearer')
    browser.room.isFull = false
    expect(await second.client.refresh()).toMatchObject({ status: 'signed_out' })
    // A channel or a storage event would bring it a moment later.
    await browser.settled()
    expect(first.client.getState()).toMatchObject({
      status: 'signed_in',
      user: { email: `eve-${email}` },
    })
  })
})

describe('clients of both transports in one origin', () => {
  const openBoth = async () => {
    const [cookie, bearer] = (['cookie', 'bearer'] as const).map((transport) =>
      browser.openTab({ transport }),
    )
    if (!cookie || !bearer) throw new Error()
    await cookie.client.ready()
    await bearer.client.ready()
    return { cookie, bearer }
  }

  test('keep a session each', async () => {
    const { cookie, bearer } = await openBoth()
    await bearer.client.signUp({ email, password: PASSWORD })
    const { refreshToken, sessionId } = bearer.client.getState()
    await browser.settled()
    street.clock.pass(850)
    await cookie.client.refresh()
    expect(cookie.client.getState()).toMatchObject({ status: 'signed_out', accessToken: null })
    expect(bearer.client.getState()).toMatchObject({ sessionId, refreshToken })
    await cookie.client.signIn({ email, password: PASSWORD })
    await cookie.client.logout()
    await browser.settled()
    expect(await bearer.client.refresh()).toMatchObject({ status: 'signed_in', sessionId })
    bearer.crash()
    const again = browser.openTab({ transport: 'bearer' })
    expect(await again.client.ready()).toMatchObject({ status: 'signed_in', sessionId })
  })

  test('do not take the end of the other for their own, while they look who is here', async () => {
    const before = browser.openTab({ transport: 'cookie' })
    await before.client.signUp({ email: `x${email}`, password: PASSWORD })
    const { sessionId } = before.client.getState()
    before.crash()
    const bearer = browser.openTab({ transport: 'bearer' })
    const witness = browser.openTab({ transport: 'bearer' })
    await bearer.client.signUp({ email, password: PASSWORD })
    await expect.poll(async () => (await witness.client.ready()).status).toBe('signed_in')
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    browser.network.before = async ({ url }) => {
      if (url.includes('refresh_token')) await answered
    }
    const { client } = browser.openTab({ transport: 'cookie' })
    const begun = client.ready()
    await bearer.client.logout()
    await expect.poll(() => witness.client.getState().status).toBe('signed_out')
    answer()
    expect(await begun).toMatchObject({ status: 'signed_in', sessionId })
  })

  test("send each other's logouts that wait, with what those need", async () => {
    const { cookie, bearer } = await openBoth()
    await cookie.client.signUp({ email, password: PASSWORD })
    const { accessToken } = cookie.client.getState()
    browser.network.isUp = false
    await cookie.client.logout()
    cookie.crash()
    browser.network.isUp = true
    bearer.goOnline()
    await expect.poll(() => bearer.client.getState().unconfirmed).toBe(false)
    expect(bearer.client.getState().givenUp).toBe(null)
    expect((await street.call('GET', '/user', { token: accessToken ?? '' })).status).toBe(401)
  })

  test('leave a logout of the others to the tab whose session asked for it', async () => {
    const { cookie, bearer } = await openBoth()
    await cookie.client.signUp({ email, password: PASSWORD })
    const phone = await street.signIn({ email })
    browser.network.isUp = false
    await cookie.client.logout({ scope: 'others' })
    browser.network.isUp = true
    bearer.goOnline()
    await browser.settled()
    expect(bearer.client.getState()).toMatchObject({ unconfirmed: true, givenUp: null })
    cookie.goOnline()
    await expect.poll(() => bearer.client.getState().unconfirmed).toBe(false)
    expect((await street.refresh(phone.refresh_token)).status).toBe(400)
  })
})

describe.each(['cookie', 'bearer'] as const)('another device, %s', (transport) => {
  const openTwo = async () => {
    const laptop = browser.openTab({ transport })
    await laptop.client.signUp({ email, password: PASSWORD })
    const phone = openBrowser(street)
    const tab = phone.openTab({ transport })
    await tab.client.signIn({ email, password: PASSWORD })
    return { laptop, phone, tab }
  }

  test('follows at once when it becomes visible', async () => {
    const { laptop, tab } = await openTwo()
    tab.hide()
    await laptop.client.logout({ scope: 'global' })
    street.clock.pass(6)
    tab.show()
    await expect.poll(() => tab.client.getState().status).toBe('signed_out')
    expect(tab.client.getState().endedBecause).toBe('elsewhere')
  })

  test('follows at its next request', async () => {
    const { laptop, tab } = await openTwo()
    await laptop.client.logout({ scope: 'others' })
    expect(await tab.client.listSessions()).toMatchObject({ ok: false, error: { status: 401 } })
    expect(tab.client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'elsewhere' })
    expect(laptop.client.getState().status).toBe('signed_in')
  })

  test('follows at its next request of its own', async () => {
    const { laptop, tab } = await openTwo()
    await laptop.client.logout({ scope: 'others' })
    expect((await tab.client.fetch('https://auth.example.com/user')).status).toBe(401)
    expect(tab.client.getState().status).toBe('signed_out')
  })

  test('follows at its next refresh', async () => {
    const { laptop, tab } = await openTwo()
    await laptop.client.logout({ scope: 'others' })
    expect(await tab.client.refresh()).toMatchObject({ status: 'signed_out' })
  })

  test('does not ask each time that it is looked at', async () => {
    const { phone, tab } = await openTwo()
    phone.asked.length = 0
    for (let i = 0; i < 5; i++) {
      tab.hide()
      street.clock.pass(1)
      tab.show()
    }
    await phone.settled()
    expect(phone.count('/user')).toBe(0)
    street.clock.pass(2)
    // Nor when somebody looks away.
    tab.hide()
    await phone.settled()
    expect(phone.count('/user')).toBe(0)
    tab.show()
    tab.show()
    await expect.poll(() => phone.count('/user')).toBe(1)
    expect(tab.client.getState().status).toBe('signed_in')
  })

  test('does not ask for what a sign-in has just told', async () => {
    await street.signUp(email)
    const phone = openBrowser(street)
    const { client, hide, show } = phone.openTab({ transport })
    await client.ready()
    street.clock.pass(60)
    await client.signIn({ email, password: PASSWORD })
    hide()
    show()
    await phone.settled()
    expect(phone.count('/user')).toBe(0)
  })

  test('asks when it is looked at, also where its clock was set back', async () => {
    const { laptop, phone } = await openTwo()
    let behind = 0
    const now = () => street.clock.now - behind
    const { client, show } = phone.openTab({ transport, now })
    await client.signIn({ email, password: PASSWORD })
    behind = 3600_000
    await laptop.client.logout({ scope: 'others' })
    show()
    await expect.poll(() => client.getState().status).toBe('signed_out')
  })

  test('that is unreachable is not signed out for that', async () => {
    const { phone, tab } = await openTwo()
    phone.network.isUp = false
    street.clock.pass(60)
    tab.show()
    await expect.poll(() => phone.count('/user')).toBeGreaterThan(0)
    expect(tab.client.getState().status).toBe('signed_in')
  })

  test("sees its account's new data", async () => {
    const { laptop, tab } = await openTwo()
    street.clock.pass(10)
    await laptop.client.updateUser({ data: { name: 'Ada L.' } })
    tab.show()
    await expect
      .poll(() => tab.client.getState().user?.user_metadata)
      .toMatchObject({ name: 'Ada L.' })
  })
})
