/** Owns the reading of the options: defaults, and a sentence for whoever mixes them up. */

import type { Page } from './page.ts'
import type { AuthClientOptions } from './types.ts'

export interface Settings {
  /** Absolute, without a slash at its end. */
  base: string
  /** What everything that is kept in the browser begins with: one service's things never meet another's. */
  prefix: string
  cookie: boolean
  storage: 'local' | 'session' | 'memory'
  /** Milliseconds. */
  idle: { after: number; warnFor: number } | null
  /** Where the access token may go. */
  origins: string[]
  fetch: typeof fetch
  now: () => number
}

/** Seconds. */
const WARN_FOR = 60

export function readSettings(options: AuthClientOptions, page: Page | null): Settings {
  const { url = '', transport, storage = 'local', idle, apiOrigins = [] } = options
  // On a server nothing is asked, so any base will do.
  const own = page?.location.origin ?? 'http://localhost'
  const { origin, pathname } = new URL(url, own)
  const cookie = transport ? transport === 'cookie' : origin === own
  if (cookie && storage === 'memory') throw new TypeError("storage: 'memory' needs 'bearer'.")
  const { after = 0, warnFor = WARN_FOR } = idle ?? {}
  const base = origin + pathname.replace(/\/$/, '')
  return {
    base,
    prefix: `curfew:${base}:`,
    cookie,
    storage,
    idle: idle ? { after: after * 1000, warnFor: Math.min(warnFor, after / 2) * 1000 } : null,
    origins: [base, ...apiOrigins].map(originOf),
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: options.now ?? Date.now,
  }
}

export const originOf = (url: string): string => new URL(url).origin
