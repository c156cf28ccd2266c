/** Owns the words for faults: the store failed or did not confirm, too many passwords wait, time is over. Never a status. */

export interface FaultAnswer {
  /** What the caller is told: what is not known, and what to do. */
  sentence: string
  /** Seconds. */
  retryAfter: number
}

const unchanged = (what: string): FaultAnswer => ({
  sentence: `${what} Nothing was changed; try again shortly.`,
  retryAfter: 2,
})
const unconfirmed = (what: string): FaultAnswer => ({
  sentence: `${what} It may or may not have happened; try again until it is confirmed.`,
  retryAfter: 2,
})

/** Every one of these is a 503: checking fails closed, and what was not confirmed is not reported as done. */
export const WHEN_STORE_IS_DOWN = {
  read: unchanged('The session could not be checked.'),
  signUp: unconfirmed('The account could not be confirmed as created.'),
  signIn: unconfirmed('The sign-in was not confirmed.'),
  refresh: unconfirmed('The tokens could not be renewed. Keep the refresh token that you have.'),
  logout: unconfirmed('The logout was not confirmed.'),
  revoke: unconfirmed('The revocation was not confirmed, so the token may still work.'),
  change: unconfirmed('The change was not confirmed.'),
} as const satisfies Record<string, FaultAnswer>

export const WHEN_OVERLOADED = unchanged('Too many passwords are being checked at the moment.')

export type FaultRoute = keyof typeof WHEN_STORE_IS_DOWN

/** A request that was cut short still runs on, so not even a route with the words of a read can promise that nothing changed. */
export const whenCutShort = (route: FaultRoute): FaultAnswer =>
  route === 'read' ? unconfirmed('The request took too long.') : WHEN_STORE_IS_DOWN[route]
