/** Owns what a session is and how long one lasts. Never how it is kept. */

export interface SessionLimits {
  /** Milliseconds without a refresh after which it has ended. */
  idle: number
  /** Milliseconds after sign-in at which it ends. */
  absolute: number
  /** Milliseconds after a rotation in which an older refresh token is answered with the current one. */
  reuseWindow: number
  /** Live sessions of one user. */
  perUser: number
}

/** A session as its owner sees it in a list. Times in epoch milliseconds. */
export interface SessionSummary {
  id: string
  createdAt: number
  lastSeenAt: number
  endsAt: number
  device: string
  place: string
}

/** Where a call came from, for the audit log and the list of devices. Every field may be empty. */
export interface Origin {
  ip: string
  /** Coarse: city and country, as the edge tells. */
  place: string
  device: string
  requestId: string
}

/** Whole seconds since the epoch: what a JWT's times are in (RFC 7519 section 2, NumericDate). */
export const seconds = (ms: number): number => Math.floor(ms / 1000)
