/** Owns requests in the name of whoever is signed in: renews a token that is about to expire, and retries once after a 401. */

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
    // If somebody is known already, the request is in that one's name, and need not wait for the start.
    if (!session.held) await begun()
    const { epoch, held } = session
    if (held && renewal.isDue(ENOUGH)) await renewal.renew()
    const first = session.held?.accessToken
    // Never with the token of somebody who signed in after the call, here and below.
    if (!first || session.epoch !== epoch) return settings.fetch(request)

    const again = request.clone()
    const response = await send(request, first)
    // With this challenge of RFC 9470 the token is good: only the proof of the password is too old.
    const isRefused =
      response.status === 401 &&
      !response.headers.get('WWW-Authenticate')?.includes('insufficient_user')
    if (isRefused && session.held?.accessToken === first) await renewal.renew()
    const other = session.held?.accessToken
    const isBetter = isRefused && other && other !== first && session.epoch === epoch
    return isBetter ? send(again, other) : response
  }
}
