/** Owns the reading of what an access token says. Never asks whether it is true: it came from the service. */

export interface Claims {
  /** The session's id. */
  sid: string
  /** Epoch seconds at which it was issued, by the service's clock. */
  iat: number
}

/** Throws when the text is no JWT. */
export function claimsOf(token: string): Claims {
  const [, claims = ''] = token.split('.')
  return JSON.parse(atob(claims.replace(/-/g, '+').replace(/_/g, '/')))
}
