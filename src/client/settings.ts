/** Owns the reading of the options: defaults, and a sentence for whoever mixes them up. */

import type { Page } from './page.ts'
import type { AuthClientOptions } from './types.ts'

export interface Settings {
  /** Absolute, without a slash at its end; '' on a server when no `url` was given. */
  base: string
  /** What everything that is kept in the browser begins with: one service's things never meet another's. */
  name: string
  cookie: boolean
  storage: 'local' | 'session' | 'memory'
  /** Milliseconds. */
  idle: { after: number; warnFor: number } | null
  /** Where the access token may go. */
  origins: ReadonlySet<string>
  fetch: typeof fetch
  now: () => number
}

/** Seconds. */
const WARN_FOR = 60

export function readSettings(options: AuthClientOptions, page: Page | null): Settings {
  const { url = '', transport, storage = 'local', idle, apiOrigins = [] } = options
  const base = absolute(url, page)
  const cookie =
    (transport ?? (base && page?.origin === originOf(base) ? 'cookie' : 'bearer')) === 'cookie'
  if (cookie && storage === 'memory')
    throw new TypeError(
      "storage: 'memory' needs transport: 'bearer'. With cookies choose 'local' or 'session'.",
    )
  for (const origin of apiOrigins)
    if (originOf(origin) !== origin)
      throw new TypeError(`apiOrigins: ${origin} is no origin, such as 'https://api.example.com'.`)
  const { after = 0, warnFor = Math.min(WARN_FOR, after / 2) } = idle ?? {}
  if (idle && !(after > 0 && warnFor >= 0 && warnFor < after))
    throw new TypeError('idle: after and warnFor are seconds, and warnFor is less than after.')
  return {
    base,
    name: `curfew:${base}:`,
    cookie,
    storage,
    idle: idle ? { after: after * 1000, warnFor: warnFor * 1000 } : null,
    origins: new Set([originOf(base) ?? '', ...apiOrigins]),
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: options.now ?? (() => Date.now()),
  }
}

function absolute(url: string, page: Page | null): string {
  if (!url && !page) return ''
  try {
    const { origin, pathname } = new URL(url, page?.origin)
    return (origin + pathname).replace(/\/+$/, '')
  } catch {
    throw new TypeError(`url: ${url} is no URL of a service, such as 'https://auth.example.com'.`)
  }
}

export function originOf(url: string): string | null {
  try {
    return new URL(url).origin
  } catch {
    return null
  }
}
