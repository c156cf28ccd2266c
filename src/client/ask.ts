/** Owns the asking in the name of whoever is signed in: with a token that still works, once more if it did not. */

import { signedOut } from './farewell.ts'
import type { Renewal } from './renewal.ts'
import type { Session } from './session.ts'
import { originOf, type Settings } from './settings.ts'
import type { Answer, Wire } from './wire.ts'

export interface Asking {
  ask<Value>(method: string, path: string, body?: unknown): Promise<Answer<Value>>
  fetch: typeof fetch
}

/** Milliseconds: an access token with less left may not outlive its request. */
const ENOUGH = 10_000

export function createAsking(
  settings: Settings,
  { session, wire, renewal }: { session: Session; wire: Wire; renewal: Renewal },
  known: () => Promise<unknown>,
): Asking {
  const token = () => session.held()?.accessToken ?? null

  async function workingToken(): Promise<string | null> {
    await known()
    if (session.held() && renewal.isDue(ENOUGH)) await renewal.renew()
    return token()
  }

  /** Another token than the one that was refused; null when there is none. */
  async function otherToken(refused: string): Promise<string | null> {
    if (token() === refused) await renewal.renew()
    return token() === refused ? null : token()
  }

  return {
    async ask<Value>(method: string, path: string, body?: unknown): Promise<Answer<Value>> {
      const first = await workingToken()
      if (!first) return signedOut
      const epoch = session.epoch()
      let answer = await wire<Value>(method, path, { token: first, body })
      const isRefused =
        !answer.ok && answer.error.status === 401 && answer.error.code !== 'reauthentication_needed'
      const other = isRefused ? await otherToken(first) : null
      // Not in the name of whoever came after.
      if (other && session.epoch() === epoch)
        answer = await wire<Value>(method, path, { token: other, body })
      if (answer.ok) renewal.heard()
      return answer
    },

    fetch: async (input, init) => {
      const request = new Request(input, init)
      const isOurs = settings.origins.has(originOf(request.url) ?? '')
      if (!isOurs || request.headers.has('Authorization')) return settings.fetch(request)
      const first = await workingToken()
      if (!first) return settings.fetch(request)
      const epoch = session.epoch()
      const again = request.clone()
      request.headers.set('Authorization', `Bearer ${first}`)
      const response = await settings.fetch(request)
      const challenge = response.headers.get('WWW-Authenticate') ?? ''
      // RFC 9470: the token is good, the proof of the password is too old.
      if (response.status !== 401 || challenge.includes('insufficient_user')) return response
      const other = await otherToken(first)
      if (!other || session.epoch() !== epoch) return response
      again.headers.set('Authorization', `Bearer ${other}`)
      return settings.fetch(again)
    },
  }
}
