/** Owns a small browser for tests in Node: tabs with a window each, one storage, one cookie jar, real channels and locks. */

import { BroadcastChannel } from 'node:worker_threads'
import { openClient } from '../../src/client/client.ts'
import type { Channel, Locks, Page, WebStorage } from '../../src/client/page.ts'
import type { AuthClient, AuthClientOptions } from '../../src/client/types.ts'
import { ISSUER, openStreet, type Street, type StreetOptions } from './street.ts'

export interface Asked {
  method: string
  path: string
  headers: Headers
  body: string
  status: number
}

export interface Browser {
  openTab: (options?: TabOptions) => Tab
  storage: FakeStorage
  /** The refresh cookie's value; '' when there is none. */
  cookie: () => string
  setCookie: (value: string) => void
  /** A browser's end: session cookies and sessionStorage go. */
  quit: () => void
  network: Network
  /** When `isFull`, localStorage takes nothing more, in any tab. */
  room: { isFull: boolean }
  /** Everything that was asked of the service, in order. */
  asked: Asked[]
  count: (path: string) => number
  /** Waits until every tab has heard all that was sent until now, and for the requests and locks that follow. Turns no clock. */
  settled: () => Promise<void>
}

export interface Network {
  isUp: boolean
  /** Answers in the service's place, at once or later; undefined leaves the request to the service. */
  instead: ((request: Request) => Response | Promise<Response | undefined> | undefined) | undefined
  /** Awaited before the page gets an answer. */
  before: ((request: Request, response: Response) => Promise<void>) | undefined
}

export interface TabOptions extends AuthClientOptions {
  origin?: string
  locks?: boolean
  /** `forbidden`: BroadcastChannel is there, but its constructor throws. */
  channels?: boolean | 'forbidden'
  /** A browser without localStorage, or one with no room in it. */
  local?: 'missing' | 'full'
  /** A tab that was opened by another one has a copy of its sessionStorage. */
  opener?: Tab
}

export interface Tab {
  client: AuthClient
  /** One more client in the same window, which gets no storage event when the first one writes. */
  openAnother: () => AuthClient
  window: FakeTarget
  document: { visibilityState: string }
  session: FakeStorage
  page: Page
  channels: Set<Channel>
  show: () => void
  hide: () => void
  goOnline: () => void
  /** As when the page is left: the tab hears and does nothing more, and what it stored stays. */
  crash: () => void
}

export interface FakeEvent {
  type?: string
  key?: string | null
}

/** An EventTarget that counts its listeners, so that a test sees which were left behind. */
export class FakeTarget {
  readonly listeners = new Map<string, Set<(event: FakeEvent) => void>>()
  addEventListener(
    type: string,
    listener: (event: FakeEvent) => void,
    { signal }: { signal: AbortSignal },
  ): void {
    if (signal.aborted) return
    const all = this.listeners.get(type) ?? new Set()
    this.listeners.set(type, all.add(listener))
    signal.addEventListener('abort', () => all.delete(listener))
  }
  fire(type: string, event: FakeEvent = {}): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) listener({ ...event, type })
  }
  get size(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0)
  }
}

/** A Storage: its keys are its own properties. */
export interface FakeStorage extends WebStorage {
  readonly values: Map<string, string>
  text: () => string
}

/** Calls `heard` with the key of each change, so that other tabs can be told. */
function createStorage(
  values = new Map<string, string>(),
  heard: (key: string) => void = () => {},
  isFull = () => false,
): FakeStorage {
  const storage: FakeStorage = {
    values,
    getItem: (key) => values.get(key) ?? null,
    setItem(key, value) {
      if (isFull()) throw new Error('QuotaExceededError')
      if (values.get(key) === value) return
      values.set(key, value)
      heard(key)
    },
    removeItem(key) {
      if (values.delete(key)) heard(key)
    },
    text: () => JSON.stringify([...values]),
  }
  return new Proxy(storage, {
    ownKeys: () => [...values.keys()],
    getOwnPropertyDescriptor: (_, key) =>
      typeof key === 'string' && values.has(key)
        ? { value: values.get(key), enumerable: true, configurable: true }
        : undefined,
  })
}

/** The service, run in Node: its scrypt counts memory more strictly than workerd's, and would refuse CHEAP. */
export const openService = (options: StreetOptions = {}): Promise<Street> =>
  openStreet({ scrypt: { N: 16, r: 8, p: 1 }, ...options })

/** Lets one turn of the event loop go by: all that waits for nothing else goes on in it. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** How many rounds of messages settled() waits for: tabs may answer each other. */
const ECHOES = 3

let browsers = 0

export function openBrowser(street: Street): Browser {
  const id = `browser-${++browsers}-`
  const ip = `192.0.2.${browsers % 250}`
  const shared = new Map<string, string>()
  const tabs = new Set<Tab>()
  /** A function for each open channel: it waits until the channel has heard all that was sent until now. */
  const hearings = new Set<() => Promise<void>>()
  /** Requests under way, and calls that wait for a lock or hold one. */
  const busy = new Set<Promise<unknown>>()
  const noted = <Value>(work: Promise<Value>): Promise<Value> => {
    const done = () => void busy.delete(work)
    busy.add(work)
    work.then(done, done)
    return work
  }
  const asked: Asked[] = []
  const network: Network = { isUp: true, instead: undefined, before: undefined }
  const room = { isFull: false }
  let jar: { value: string; until: number | null } | null = null
  const cookie = () => {
    if (jar?.until && jar.until <= street.clock.now) jar = null
    return jar?.value ?? ''
  }

  const keepCookies = (response: Response) => {
    for (const text of response.headers.getSetCookie()) {
      const value = text.match(/^__Host-curfew-refresh=([^;]*)/)?.[1]
      const maxAge = text.match(/Max-Age=(\d+)/)?.[1]
      if (value === undefined) continue
      const until = maxAge === undefined ? null : street.clock.now + Number(maxAge) * 1000
      jar = value === '' ? null : { value, until }
    }
  }

  const lineOf =
    (origin: string): typeof fetch =>
    async (input, init) =>
      noted(send(origin, new Request(input, init)))

  async function send(origin: string, request: Request): Promise<Response> {
    // The types are a Worker's, whose requests have no `credentials`.
    const { credentials } = request as object as { credentials: string }
    const isOwn = new URL(request.url).origin === origin
    const withCookie = credentials === 'include' || (credentials === 'same-origin' && isOwn)
    request.headers.set('Origin', origin)
    request.headers.set('Sec-Fetch-Site', isOwn ? 'same-origin' : 'cross-site')
    request.headers.set('CF-Connecting-IP', ip)
    if (withCookie && cookie()) request.headers.set('Cookie', `__Host-curfew-refresh=${cookie()}`)
    const { pathname, search } = new URL(request.url)
    const entry: Asked = {
      method: request.method,
      path: pathname + search,
      headers: new Headers(request.headers),
      body: await request.clone().text(),
      status: 0,
    }
    asked.push(entry)
    if (!network.isUp) throw new TypeError('Failed to fetch')
    const response = (await network.instead?.(request)) ?? (await street.fetch(request))
    entry.status = response.status
    await network.before?.(request, response)
    if (!network.isUp) throw new TypeError('Failed to fetch')
    if (withCookie) keepCookies(response)
    return response
  }

  const real = (globalThis as unknown as { navigator: { locks: Locks } }).navigator.locks
  const locks: Locks = {
    request: (name, options, run) => noted(real.request(id + name, options, run)),
  }

  const openTab = ({
    origin = ISSUER,
    locks: withLocks = true,
    channels: withChannels = true,
    opener,
    local: trouble,
    ...options
  }: TabOptions = {}): Tab => {
    const window = new FakeTarget()
    const document = { visibilityState: 'visible' }
    const local = createStorage(
      shared,
      (key) =>
        queueMicrotask(() => {
          for (const tab of tabs) if (tab.window !== window) tab.window.fire('storage', { key })
        }),
      () => room.isFull || trouble === 'full',
    )
    const session = createStorage(new Map(opener?.session.values))
    const channels = new Set<Channel>()
    class TabChannel {
      onmessage: Channel['onmessage'] = null
      readonly real: BroadcastChannel
      readonly hearing: () => Promise<void>
      constructor(name: string) {
        if (withChannels === 'forbidden') throw new Error('SecurityError')
        this.real = new BroadcastChannel(id + name)
        this.real.unref()
        const marks = new Map<unknown, () => void>()
        this.real.onmessage = (event: unknown) => {
          const message = event as { data: unknown }
          const mark = marks.get(message.data)
          if (mark) mark()
          else if (typeof message.data !== 'string') this.onmessage?.(message)
        }
        channels.add(this)
        // A channel keeps its order: once it has heard the mark, it has heard all that was sent before.
        this.hearing = () =>
          new Promise((resolve) => {
            const mark = crypto.randomUUID()
            marks.set(mark, resolve)
            const voice = new BroadcastChannel(id + name)
            voice.postMessage(mark)
            voice.close()
          })
        hearings.add(this.hearing)
      }
      postMessage(message: unknown) {
        this.real.postMessage(message)
      }
      close() {
        channels.delete(this)
        hearings.delete(this.hearing)
        this.real.close()
      }
    }
    const page: Page = {
      location: { origin },
      document,
      get localStorage(): WebStorage {
        if (trouble === 'missing') throw new Error('SecurityError')
        return local
      },
      sessionStorage: session,
      navigator: { locks: withLocks ? locks : undefined },
      BroadcastChannel: withChannels ? TabChannel : undefined,
      addEventListener: (...listening) => window.addEventListener(...listening),
    }
    const openAnother = () =>
      openClient({ fetch: lineOf(origin), now: () => street.clock.now, ...options }, page)
    const client = openAnother()
    const tab: Tab = {
      client,
      openAnother,
      window,
      document,
      session,
      page,
      channels,
      show() {
        document.visibilityState = 'visible'
        window.fire('visibilitychange')
      },
      hide() {
        document.visibilityState = 'hidden'
        window.fire('visibilitychange')
      },
      goOnline: () => window.fire('online'),
      crash() {
        tabs.delete(tab)
        for (const channel of channels) channel.close()
        window.listeners.clear()
        client.dispose()
      },
    }
    tabs.add(tab)
    return tab
  }

  return {
    openTab,
    storage: createStorage(shared),
    cookie,
    setCookie: (value) => {
      jar = { value, until: null }
    },
    quit() {
      for (const tab of [...tabs]) tab.crash()
      if (jar?.until === null) jar = null
    },
    network,
    room,
    asked,
    count: (path) => asked.filter((one) => one.path.startsWith(path)).length,
    async settled() {
      for (let echo = 0; echo < ECHOES; echo++) {
        await Promise.all([...hearings].map((hearing) => hearing()))
        await turn()
        while (busy.size > 0) await Promise.allSettled(busy)
      }
    },
  }
}
