/** Owns the look-up that leaves together with the check of a token. What it finds is nobody's before that has passed. */

import type { Context, MiddlewareHandler } from 'hono'
import type { Ports } from '../domain/ports.ts'
import type { SessionToken } from '../domain/token.ts'
import type { AppEnv } from './environment.ts'

export interface LookAhead<Found> {
  /** In front of requireLiveToken. */
  step: MiddlewareHandler<AppEnv>
  /** Behind it. Throws what the look-up threw. */
  found(c: Context<AppEnv>): Promise<Found>
}

/**
 * It must change nothing, and take one round trip, that of the check: the token is only known to be signed by us, a person's
 * and not expired.
 */
export function lookAhead<Found>(
  lookUp: (ports: Ports, token: SessionToken) => Promise<Found>,
): LookAhead<Found> {
  const underway = new WeakMap<Context, Promise<Found>>()
  // Whatever it throws is for whoever asks what was found, and not for the check.
  const begin = async (c: Context<AppEnv>, token: SessionToken) => lookUp(c.get('ports'), token)
  return {
    step: function beginAhead(c, next) {
      c.set('lookUp', (token) => {
        const looking = begin(c, token)
        // Where the check refuses, nobody asks what became of it.
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
