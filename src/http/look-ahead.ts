/** Owns look-ups that are sent together with the check of a token. Routes get the result only after the check has passed. */

import type { Context, MiddlewareHandler } from 'hono'
import type { Ports } from '../domain/ports.ts'
import type { SessionToken } from '../domain/token.ts'
import type { AppEnv } from './environment.ts'

export interface LookAhead<Found> {
  /** Goes before requireLiveToken. */
  step: MiddlewareHandler<AppEnv>
  /** For the route, after requireLiveToken. Throws what the look-up threw. */
  found(c: Context<AppEnv>): Promise<Found>
}

/**
 * `lookUp` must change nothing, since so far the token is only known to be signed by us, a person's and not expired. It must take
 * one round trip only, which is that of the check.
 */
export function lookAhead<Found>(
  lookUp: (ports: Ports, token: SessionToken) => Promise<Found>,
): LookAhead<Found> {
  const underway = new WeakMap<Context, Promise<Found>>()
  // Async, so that what lookUp throws reaches found() and not the check.
  const begin = async (c: Context<AppEnv>, token: SessionToken) => lookUp(c.get('ports'), token)
  return {
    step: function beginAhead(c, next) {
      c.set('lookUp', (token) => {
        const looking = begin(c, token)
        // When the check refuses, nobody awaits the look-up, and its failure must not be an unhandled rejection.
        looking.catch(() => {})
        underway.set(c, looking)
      })
      return next()
    },
    async found(c) {
      const looking = underway.get(c)
      if (!looking) throw new TypeError('found needs its step, and requireLiveToken, before it')
      return looking
    },
  }
}
