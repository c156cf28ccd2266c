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
