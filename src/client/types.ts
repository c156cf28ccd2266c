/** Owns the words of the client: what goes in, what comes out, what can be watched. Holds no code. */

import type { SessionBody, UserBody } from '../contract/answers.ts'
import type { LogoutScope } from '../contract/scopes.ts'

export type { SessionBody, UserBody } from '../contract/answers.ts'
export type { LogoutScope } from '../contract/scopes.ts'

export interface AuthClientOptions {
  /** Base URL of the service, its base path included. Default: the page's own origin. */
  url?: string
  /**
   * `cookie`: the refresh token rests in an HttpOnly cookie that no script can read, the access token in memory.
   * `bearer`: both rest in `storage`. Default: `cookie` when `url` is of the page's own origin, else `bearer`.
   */
  transport?: 'cookie' | 'bearer'
  /**
   * Where it rests. `session`: gone when the browser (`cookie`) or the tab (`bearer`) closes.
   * `memory`: gone when the page is left; `bearer` only. Default: `local`, which outlives both.
   */
  storage?: 'local' | 'session' | 'memory'
  /** Logs out after so many seconds of inactivity in all tabs; counts down `warnFor` (60, at most half) of them first. */
  idle?: { after: number; warnFor?: number }
  /** Other origins that `fetch` may send the access token to, such as `https://api.example.com`. Default: none. */
  apiOrigins?: string[]
  /** For tests, and for servers. Default: the page's. */
  fetch?: typeof fetch
  /** Epoch milliseconds. Default: the page's clock. */
  now?: () => number
}

export type EndedBecause = 'logout' | 'elsewhere' | 'idle' | 'expired'

/** One frozen object per change: compare it with `===`. */
export interface AuthState {
  status: 'loading' | 'signed_in' | 'signed_out'
  user: UserBody | null
  accessToken: string | null
  /** Always null with cookies. */
  refreshToken: string | null
  sessionId: string | null
  /** Epoch seconds at which the access token expires; the client has another one by then. */
  expiresAt: number | null
  /**
   * Why it became signed out: by a logout in this tab, in another tab or place, by inactivity, or by its age; null by
   * `clearTokens`. The next page that is opened says so once more, unless it was by a logout.
   */
  endedBecause: EndedBecause | null
  /** The server has not confirmed a logout yet: it waits to be sent again, or for more than a second for its answer. */
  unconfirmed: boolean
  /**
   * A logout that the server has not confirmed is lost when this page is closed or left: it did not fit into the browser, or is
   * the end of the others by a session that only this tab has (`session` or `memory`, `bearer`).
   */
  unsaved: boolean
  /**
   * The scope of a logout that was given up before the server confirmed all of it (refused, too old, or the others of a session
   * that is over): what it names may still be signed in. Kept until somebody signs in, or the ending of the others or of all is
   * confirmed. What waits when the same person signs in anew is given up by that, and said.
   */
  givenUp: LogoutScope | null
  /**
   * Epoch milliseconds at which inactivity ends in a logout, and the client's clock, by which that is. A function cannot be
   * cloned: leave this out of a state that is sent elsewhere.
   */
  idleWarning: { endsAt: number; now: () => number } | null
}

export interface AuthError {
  /** The service's stable code, or `network` when there was no answer. Branch on this, never on the message. */
  code: string
  message: string
  /** The HTTP status; 0 when there was no answer. */
  status: number
  /** Seconds. */
  retryAfter: number | null
}

export type AuthResult<T> = { ok: true; value: T } | { ok: false; error: AuthError }

export interface LogoutResult {
  /** The server confirmed. False does not mean that somebody is still signed in here. */
  ok: boolean
  /**
   * `confirmed`: ended on the server. `queued`: signed out here, and sent again until the server confirms.
   * `refused`: the server said no, and would again.
   */
  server: 'confirmed' | 'queued' | 'refused'
  scope: LogoutScope
  /** As the server counted; null when it does not count or did not answer. */
  sessionsEnded: number | null
  /**
   * With `queued`, epoch ms: until then the ending that `scope` names may still be confirmed. A bearer's `global` has as
   * long as its access token lives; after that only this session can be ended. Null otherwise, and where only this page has
   * it (`unsaved`): it is then sent again only while this page is open.
   */
  until: number | null
  error: AuthError | null
}

export interface UserChanges {
  email?: string
  password?: string
  current_password?: string
  data?: Record<string, unknown>
  /**
   * With `logout`, any change ends the other sessions (`others`) or all of them (`global`). A new email or password ends
   * the others without it too.
   */
  logout?: 'others' | 'global'
}

/**
 * Begins its work with the first call of `subscribe`, `ready` or another method, so making one has no effect.
 * No method rejects but on misuse (a TypeError); `fetch` rejects as the page's does.
 */
export interface AuthClient {
  getState(): AuthState
  /** Returns what ends the subscription. */
  subscribe(listener: () => void): () => void
  /** Resolves once it is known whether somebody is signed in. */
  ready(): Promise<AuthState>
  signUp(input: {
    email: string
    password: string
    data?: Record<string, unknown>
  }): Promise<AuthResult<UserBody>>
  /**
   * With cookies, neither this nor `signUp` is tried while a logout that waits for the cookie cannot be sent: the error is that
   * one's. A logout here before the answer to either wins: the new session is ended too, and the error is `no_authorization`.
   */
  signIn(input: { email: string; password: string }): Promise<AuthResult<UserBody>>
  /**
   * Signs out here first and always, then tells the server. `others` leaves this session alone. Default: `local`.
   * With nobody signed in, a logout that waits is sent again and answers for itself: `scope` is what it had asked for.
   */
  logout(options?: { scope?: LogoutScope }): Promise<LogoutResult>
  listSessions(): Promise<AuthResult<SessionBody[]>>
  endSession(id: string): Promise<AuthResult<null>>
  reauthenticate(password: string): Promise<AuthResult<null>>
  updateUser(changes: UserChanges): Promise<AuthResult<UserBody>>
  /** Asks for another access token now. */
  refresh(): Promise<AuthState>
  /** As the page's, with the access token on requests to the service and to `apiOrigins`. */
  fetch: typeof fetch
  /**
   * Forgets the tokens in this browser. The server is not told, so the session lives on there. Its cookie stays, so a later
   * `logout` still ends it, until somebody signs in; without cookies nothing here can any more.
   */
  clearTokens(): void
  /** Answers the idle warning: somebody is here. */
  stay(): void
  /** Takes away every listener, timer and channel. The session goes on; `subscribe` or `ready` begin again. */
  dispose(): void
}
