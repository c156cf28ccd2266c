/** Owns the asking in the name of whoever is signed in: with a token that still works, once more if it did not. */

import type { Renewal } from './renewal.ts'
import type { Session } from './session.ts'
import { originOf, type Settings } from './settings.ts'

/** Seconds: an access token with less left may not outlive its request. */
const ENOUGH = 10

export function createFetch(
  settings: Settings,
  session: Session,
  renewal: Renewal,
  begun: () => Promise<void>,
): typeof fetch {
  const send = (request: Request, token: string) => {
    request.headers.set('Authorization', `Bearer ${token}`)
    return settings.fetch(request)
  }

  return async (input, init) => {
    const request = new Request(input, init)
    if (!settings.origins.includes(originOf(request.url)) || request.headers.has('Authorization'))
      return settings.fetch(request)
    // Whoever is known already is the one in whose name this is asked.
    if (!session.held) await begun()
    const { epoch, held } = session
    if (held && renewal.isDue(ENOUGH)) await renewal.renew()
    const first = session.held?.accessToken
    // Never in the name of whoever came after, here and below.
    if (!first || session.epoch !== epoch) return settings.fetch(request)

    const again = request.clone()
    const response = await send(request, first)
    // RFC 9470: that token is good, only the proof of the password is too old.
    const isRefused =
      response.status === 401 &&
      !response.headers.get('WWW-Authenticate')?.includes('insufficient_user')
    if (isRefused && session.held?.accessToken === first) await renewal.renew()
    const other = session.held?.accessToken
    const isBetter = isRefused && other && other !== first && session.epoch === epoch
    return isBetter ? send(again, other) : response
  }
}
