/** Logging out when nobody is there: in all tabs together, with a warning first. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Browser, openBrowser, openService, type Tab } from '../support/browser.ts'
import { PASSWORD, type Street } from '../support/street.ts'

let street: Street
let browser: Browser
let email: string

beforeEach(async () => {
  street = await openService()
  browser = openBrowser(street)
  email = `${crypto.randomUUID()}@example.com`
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const idle = { after: 300, warnFor: 60 }

async function pass(seconds: number): Promise<void> {
  for (let done = 0; done < seconds; done += 10) {
    street.clock.pass(Math.min(10, seconds - done))
    await vi.advanceTimersByTimeAsync(Math.min(10, seconds - done) * 1000)
  }
}

describe.each(['cookie', 'bearer'] as const)('%s', (transport) => {
  const openTabs = async (count: number): Promise<Tab[]> => {
    const tabs = Array.from({ length: count }, () => browser.openTab({ transport, idle }))
    for (const { client } of tabs) await client.ready()
    await tabs[0]?.client.signUp({ email, password: PASSWORD })
    vi.useRealTimers()
    for (const { client } of tabs)
      await expect.poll(() => client.getState().status).toBe('signed_in')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    // Timers that were set meanwhile are real ones: set them anew.
    for (const { window } of tabs) window.fire('visibilitychange')
    await vi.advanceTimersByTimeAsync(0)
    return tabs
  }
  const statuses = (tabs: Tab[]) => tabs.map(({ client }) => client.getState().status)
  const warnings = (tabs: Tab[]) => tabs.map(({ client }) => client.getState().idleWarning)

  test('warns in all tabs, then logs out in all, and the server knows', async () => {
    const tabs = await openTabs(2)
    const access = tabs[0]?.client.getState().accessToken ?? ''
    const began = street.clock.now
    await pass(230)
    expect(warnings(tabs)).toEqual([null, null])
    await pass(20)
    expect(warnings(tabs)).toMatchObject([{ endsAt: began + 300_000 }, { endsAt: began + 300_000 }])
    // By the client's clock, which need not be the page's.
    expect(warnings(tabs)[0]?.now()).toBe(street.clock.now)
    expect(statuses(tabs)).toEqual(['signed_in', 'signed_in'])
    // Not a second more: it would pass while the logout is on its way, and the service gives up after three.
    await pass(50)
    vi.useRealTimers()
    for (const { client } of tabs) {
      await expect.poll(() => client.getState().status).toBe('signed_out')
      expect(client.getState()).toMatchObject({ endedBecause: 'idle', idleWarning: null })
    }
    await expect
      .poll(async () => (await street.call('GET', '/user', { token: access })).status)
      .toBe(401)
  })

  test('anything done in any tab counts for all', async () => {
    const tabs = await openTabs(2)
    // Together less than a token lives: a renewal would meet a clock that runs away from it.
    for (let i = 0; i < 5; i++) {
      await pass(160)
      tabs[i % 2]?.window.fire(
        ['keydown', 'pointerdown', 'pointermove', 'scroll', 'keydown'][i] ?? '',
      )
    }
    expect(warnings(tabs)).toEqual([null, null])
    expect(statuses(tabs)).toEqual(['signed_in', 'signed_in'])
  })

  test('it is written down once a second at most', async () => {
    const [tab] = await openTabs(1)
    const set = vi.spyOn(tab?.page.localStorage ?? ({} as never), 'setItem')
    for (let i = 0; i < 100; i++) {
      street.clock.pass(0.1)
      tab?.window.fire('pointermove')
    }
    expect(set.mock.calls.length).toBe(10)
  })

  test('stay answers the warning, in all tabs', async () => {
    const tabs = await openTabs(2)
    await pass(250)
    expect(warnings(tabs)).not.toContain(null)
    // What merely moves is no answer.
    tabs[0]?.window.fire('pointermove')
    expect(warnings(tabs)).not.toContain(null)
    tabs[1]?.client.stay()
    await vi.advanceTimersByTimeAsync(10)
    expect(warnings(tabs)).toEqual([null, null])
    await pass(230)
    expect(statuses(tabs)).toEqual(['signed_in', 'signed_in'])
    await pass(80)
    vi.useRealTimers()
    for (const { client } of tabs)
      await expect.poll(() => client.getState().status).toBe('signed_out')
  })

  test('a laptop that slept past it is logged out on waking, and no move of the mouse saves it', async () => {
    const [tab] = await openTabs(1)
    street.clock.pass(3600)
    tab?.window.fire('pointermove')
    expect(tab?.client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'idle' })
  })

  test('a page that is opened again too late is logged out before it shows anything', async () => {
    const [tab] = await openTabs(1)
    const access = tab?.client.getState().accessToken ?? ''
    tab?.crash()
    street.clock.pass(301)
    const again = browser.openTab({ transport, idle })
    const seen: string[] = []
    again.client.subscribe(() => seen.push(again.client.getState().status))
    expect(await again.client.ready()).toMatchObject({ status: 'signed_out', endedBecause: 'idle' })
    expect(seen).not.toContain('signed_in')
    vi.useRealTimers()
    await expect
      .poll(async () => (await street.call('GET', '/user', { token: access })).status)
      .toBe(401)
  })

  test('a page that is opened again too late is logged out without a network too', async () => {
    const [tab] = await openTabs(1)
    tab?.crash()
    street.clock.pass(301)
    browser.network.isUp = false
    const again = browser.openTab({ transport, idle })
    expect(await again.client.refresh()).toMatchObject({
      status: 'signed_out',
      endedBecause: 'idle',
    })
  })

  test('the page that it leads to says why, once', async () => {
    const [tab] = await openTabs(1)
    street.clock.pass(301)
    tab?.window.fire('visibilitychange')
    vi.useRealTimers()
    await expect.poll(() => browser.count('/logout')).toBe(1)
    tab?.crash()
    for (const endedBecause of ['idle', null]) {
      const next = browser.openTab({ transport, idle })
      expect(await next.client.ready()).toMatchObject({ status: 'signed_out', endedBecause })
      next.crash()
    }
  })

  test('a clock that is set back begins anew, with or without a sign of use', async () => {
    const [tab] = await openTabs(1)
    street.clock.pass(-3600)
    await pass(350)
    expect(tab?.client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'idle' })
  })

  test('what is done after the clock was set back counts', async () => {
    const [tab] = await openTabs(1)
    street.clock.pass(-3600)
    tab?.window.fire('keydown')
    await pass(200)
    tab?.window.fire('keydown')
    await pass(200)
    expect(statuses(tab ? [tab] : [])).toEqual(['signed_in'])
    await pass(150)
    expect(tab?.client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'idle' })
  })

  test.each(['"abc"', '{}', '"1700000000000"', 'true', '[]', 'null'])(
    '%s where the last sign of use was written down: counted from the start, not for ever',
    async (text) => {
      const [tab] = await openTabs(1)
      const key = [...browser.storage.values.keys()].find((one) => one.endsWith(':active')) ?? ''
      browser.storage.setItem(key, text)
      await pass(200)
      expect(statuses(tab ? [tab] : [])).toEqual(['signed_in'])
      await pass(150)
      expect(tab?.client.getState()).toMatchObject({ status: 'signed_out', endedBecause: 'idle' })
    },
  )

  test('a page that is opened again in time goes on', async () => {
    const [tab] = await openTabs(1)
    tab?.crash()
    street.clock.pass(200)
    const again = browser.openTab({ transport, idle })
    expect((await again.client.ready()).status).toBe('signed_in')
  })

  test('what is done in a tab without a limit counts in one that has it', async () => {
    const [tab] = await openTabs(1)
    const without = browser.openTab({ transport })
    await without.client.ready()
    // Together less than a token lives: a renewal would meet a clock that runs away from it.
    for (let i = 0; i < 5; i++) {
      await pass(160)
      without.window.fire('keydown')
    }
    expect(statuses(tab ? [tab, without] : [])).toEqual(['signed_in', 'signed_in'])
    expect(without.client.getState().idleWarning).toBe(null)
  })

  test('a limit that is chosen later begins with the last sign of use', async () => {
    const [tab] = await openTabs(1)
    tab?.crash()
    const without = browser.openTab({ transport })
    await without.client.ready()
    street.clock.pass(600)
    without.window.fire('pointerdown')
    const within = browser.openTab({ transport, idle })
    expect(await within.client.ready()).toMatchObject({ status: 'signed_in', endedBecause: null })
    without.client.dispose()
    expect(without.window.size).toBe(0)
  })

  test('signing in begins anew', async () => {
    const [tab] = await openTabs(1)
    await tab?.client.logout()
    street.clock.pass(86400)
    await tab?.client.signIn({ email, password: PASSWORD })
    expect(tab?.client.getState()).toMatchObject({ status: 'signed_in', idleWarning: null })
  })
})

test('the warning is a minute unless said otherwise, and shorter when the whole is short', async () => {
  const tab = browser.openTab({ transport: 'bearer', idle: { after: 40 } })
  await tab.client.signUp({ email, password: PASSWORD })
  street.clock.pass(19)
  tab.window.fire('visibilitychange')
  expect(tab.client.getState().idleWarning).toBe(null)
  street.clock.pass(2)
  tab.window.fire('visibilitychange')
  expect(tab.client.getState().idleWarning).not.toBe(null)
})
