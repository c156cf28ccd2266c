/** Owns the reading of the options: defaults, and a sentence for whoever mixes them up. */

import type { Page } from './page.ts'
import type { AuthClientOptions } from './types.ts'

export interface Settings {
  /** Absolute, without a slash at its end. */
  base: string
  /** What all names in the browser (storage, locks, channels) begin with: two services' things never meet. */
  prefix: string
  cookie: boolean
  storage: 'local' | 'session' | 'memory'
  idle: AuthClientOptions['idle']
  /** The origins that the access token may be sent to. */
  origins: string[]
  fetch: typeof fetch
  now: () => number
}

/** An unknown word would mean the less careful choice, and no script that is not TypeScript would hear of it. */
export function check(option: string, value: unknown, known: string[]): void {
  if (!known.includes(value as string))
    throw new TypeError(`${option} is one of: ${known.join(', ')}.`)
}

export function readSettings(options: AuthClientOptions, page: Page | null): Settings {
  const { url = '', transport, storage = 'local', idle, apiOrigins = [] } = options
  if (transport) check('transport', transport, ['cookie', 'bearer'])
  check('storage', storage, ['local', 'session', 'memory'])
  // What is no number would never be over.
  if (idle && !(idle.after > 0)) throw new TypeError('idle.after is in seconds, and more than 0.')
  // On a server the client asks nothing by itself, so any base will do.
  const own = page ? page.location.origin : 'http://page'
  // A name alone would be a path of this page, and `localhost:3000` is a URL of no origin. A text in place of the list has letters.
  if (
    !/^(https?:\/\/|\/|$)/i.test(url) ||
    ![...apiOrigins].every((text) => /^https?:\/\//i.test(text))
  )
    throw new TypeError('url and apiOrigins need https:// or http://.')
  // A frame of `about:srcdoc` has the origin 'null', which is no base, but a whole URL needs none.
  const { origin, pathname } = new URL(url, own === 'null' ? url : own)
  const cookie = transport ? transport === 'cookie' : origin === own
  if (cookie && storage === 'memory') throw new TypeError("storage: 'memory' needs 'bearer'.")
  const base = origin + pathname.replace(/\/$/, '')
  return {
    base,
    prefix: `curfew:${base}:`,
    cookie,
    storage,
    idle,
    origins: [base, ...apiOrigins].map(originOf),
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: options.now ?? Date.now,
  }
}

export const originOf = (url: string): string => new URL(url).origin
