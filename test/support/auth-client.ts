/** Owns the unmodified `@supabase/auth-js`, in both versions that we promise to work with, pointed at a street. */

import * as newer from '@supabase/auth-js'
import * as older from 'auth-js-2.109'
import { ISSUER, type Street } from './street.ts'

type AuthJs = typeof newer

/** The older version's classes differ in private parts only; what is called here they have in common. */
export const versions: { version: string; authJs: AuthJs }[] = [
  { version: '2.119.1', authJs: newer },
  { version: '2.109.0', authJs: older as unknown as AuthJs },
]

export const BASE_PATH = '/auth/v1'

export interface Exchange {
  /** Method, path and query, without the base path. */
  request: string
  status: number
  body: string
}

interface ClientOptions {
  /** Instead of the street's own `fetch`: that of an app that mounts it, for example. */
  fetch?: (request: Request) => Promise<Response>
  headers?: Record<string, string>
  storage?: Map<string, string>
  storageKey?: string
}

let clients = 0

/** The `fetch` option of a client: into the app instead of over the network, with every call written down. */
export function openLine(
  street: Street,
  send: (request: Request) => Promise<Response> = street.fetch,
) {
  const exchanges: Exchange[] = []
  const ip = `192.0.2.${++clients % 250}`
  const line: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    request.headers.set('CF-Connecting-IP', ip)
    const { pathname, search } = new URL(request.url)
    const exchange: Exchange = {
      request: `${request.method} ${pathname.slice(BASE_PATH.length)}${search}`,
      status: 0,
      body: await request.clone().text(),
    }
    exchanges.push(exchange)
    const response = await send(request)
    exchange.status = response.status
    return response
  }
  return { line, exchanges }
}

/** A browser's client: its session is in a storage of its own. Without timers: it refreshes only when it is called. */
export function openClient(authJs: AuthJs, street: Street, options: ClientOptions = {}) {
  const { line, exchanges } = openLine(street, options.fetch)
  const storage = options.storage ?? new Map<string, string>()
  const storageKey = options.storageKey ?? `person-${++clients}`
  const auth = new authJs.GoTrueClient({
    url: `${ISSUER}${BASE_PATH}`,
    fetch: line,
    headers: options.headers ?? {},
    storageKey,
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
      removeItem: (key) => void storage.delete(key),
    },
    persistSession: true,
    autoRefreshToken: false,
    detectSessionInUrl: false,
  })
  const events: string[] = []
  const { data } = auth.onAuthStateChange((event) => void events.push(event))
  return {
    auth,
    exchanges,
    events,
    storage,
    storageKey,
    /** The session in the storage, which is the only copy that the client keeps. */
    stored: (): newer.Session | null => JSON.parse(storage.get(storageKey) ?? 'null'),
    close: () => data.subscription.unsubscribe(),
  }
}

/** A server's client: the admin calls, with a token of its own. */
export function openAdmin(authJs: AuthJs, street: Street, token: string) {
  const { line, exchanges } = openLine(street)
  const admin = new authJs.GoTrueAdminApi({
    url: `${ISSUER}${BASE_PATH}`,
    headers: { Authorization: `Bearer ${token}` },
    fetch: line,
  })
  return { admin, exchanges }
}

/** How the server itself answers the tokens of a session: what really ended, whatever a client believes. */
export async function answersTo(
  street: Street,
  session: { access_token: string; refresh_token: string } | null,
): Promise<{ access: number; refresh: number }> {
  const access = await street.call('GET', `${BASE_PATH}/user`, {
    token: session?.access_token,
  })
  const refresh = await street.call('POST', `${BASE_PATH}/token?grant_type=refresh_token`, {
    body: { refresh_token: session?.refresh_token },
  })
  return { access: access.status, refresh: refresh.status }
}

export const ALIVE = { access: 200, refresh: 200 }
export const DEAD = { access: 401, refresh: 400 }
