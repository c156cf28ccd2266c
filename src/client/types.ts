/** Owns the words of the client: what goes in, what comes out, what can be watched. Holds no code. */

import type { SessionBody, UserBody } from '../contract/answers.ts'
import type { LogoutScope } from '../contract/scopes.ts'

export type { SessionBody, UserBody } from '../contract/answers.ts'
export type { LogoutScope } from '../contract/scopes.ts'

export interface AuthClientOptions {
  /** Base URL of the service, its base path included; a path alone is on the page's own origin. Default: the page's own origin. */
  url?: string | undefined
  /**
   * `cookie`: the refresh token rests in an HttpOnly cookie that no script can read, the access token in memory.
   * `bearer`: both rest in `storage`. Default: `cookie` when `url` is of the page's own origin, else `bearer`.
   */
  transport?: 'cookie' | 'bearer' | undefined
  /**
   * How long the cookie, or the tokens of `bearer`, are kept. `session`: until the browser (`cookie`) or the tab (`bearer`)
   * closes. `memory`: until the page is left; `bearer` only. Default: `local`, which outlives both.
   */
  storage?: 'local' | 'session' | 'memory' | undefined
  /** Logs out after `after` seconds without use in any tab. In the last `warnFor` of them (60, at most half) it warns. */
  idle?: { after: number; warnFor?: number | undefined } | undefined
  /** Other origins that `fetch` may send the access token to, such as `https://api.example.com`. Default: none. */
  apiOrigins?: string[] | undefined
  /** For tests, and for servers. Default: the page's. */
  fetch?: typeof fetch | undefined
  /** Epoch milliseconds. Default: the page's clock. */
  now?: (() => number) | undefined
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
   * Why the session ended: by a `logout` in this tab, `elsewhere` (in another tab or on another device), `idle`, or `expired`;
   * null if that is not known, and after `clearTokens`. The next page that is opened says it once more, but not `logout`.
   */
  endedBecause: EndedBecause | null
  /** The server has not confirmed a logout yet: its answer takes more than a second, or it waits to be sent again. */
  unconfirmed: boolean
  /**
   * A logout that the server has not confirmed is lost when this page is closed or left: it did not fit into the browser's
   * storage, or is a logout of the others by a session that only this tab has (`bearer` with `session` or `memory`).
   */
  unsaved: boolean
  /**
   * The scope of a logout that was given up before the server confirmed all of it (refused, too old, or the others of a session
   * that is over); of several the widest. What it names may still be signed in. Null again when somebody signs in, or a logout
   * of the others or of all is confirmed. But a logout of the others that waits while the same person signs in anew is given up
   * then, and named here.
   */
  givenUp: LogoutScope | null
  /**
   * While the warning is up: `endsAt`, the epoch milliseconds at which inactivity ends in a logout, by the client's clock, `now`.
   * A function cannot be cloned: leave this out of a state that is sent elsewhere, as by `postMessage`.
   */
  idleWarning: { endsAt: number; now: () => number } | null
}

export interface AuthError {
  /** The service's stable code; `network` without an answer, `unexpected` without a code. Branch on this, not on `message`. */
  code: string
  message: string
  /** The HTTP status; 0 when there was no answer. */
  status: number
  /** Seconds to wait before the next try; null when the service named none. */
  retryAfter: number | null
}

export type AuthResult<T> = { ok: true; value: T } | { ok: false; error: AuthError }

export interface LogoutResult {
  /** The server confirmed. False does not mean that somebody is still signed in here. */
  ok: boolean
  /**
   * `confirmed`: ended on the server. `queued`: not confirmed yet, and sent again until the server confirms.
   * `refused`: the server said no, and would again.
   */
  server: 'confirmed' | 'queued' | 'refused'
  scope: LogoutScope
  /** As the server counted; null when it does not count or did not answer. */
  sessionsEnded: number | null
  /**
   * With `queued`: the epoch ms until which the ending that `scope` names may still be confirmed. A bearer's `global` has as
   * long as its access token lives; after that only this session can be ended. Null otherwise, and where only this page has
   * the logout (`unsaved`): it is then sent again only while this page is open.
   */
  until: number | null
  error: AuthError | null
}

export interface UserChanges {
  email?: string | undefined
  password?: string | undefined
  current_password?: string | undefined
  data?: Record<string, unknown> | undefined
  /**
   * Alone or beside any change, `logout` ends the other sessions (`others`) or all of them (`global`). A new email or password
   * ends the others without it too.
   */
  logout?: 'others' | 'global' | undefined
}

/**
 * Begins its work with the first call of `subscribe`, `ready` or a method that asks the service, so making one has no effect.
 * No method rejects except for misuse (a TypeError); `fetch` rejects as the page's does.
 */
export interface AuthClient {
  getState(): AuthState
  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void
  /** Resolves once it is known whether somebody is signed in; still `loading` on a server, or if `dispose` comes first. */
  ready(): Promise<AuthState>
  signUp(input: {
    email: string
    password: string
    data?: Record<string, unknown> | undefined
  }): Promise<AuthResult<UserBody>>
  /**
   * With cookies, neither this nor `signUp` is tried while a logout that waits for the cookie cannot be sent: the error is that
   * logout's. A `logout` that is called here before the answer comes wins: the new session is ended too, and the error is
   * `no_authorization`.
   */
  signIn(input: { email: string; password: string }): Promise<AuthResult<UserBody>>
  /**
   * Signs out here first and always, then tells the server. `others` leaves this session alone. Default: `local`.
   * With nobody signed in, a logout that waits is sent again, and the result is that one's, with its own `scope`.
   */
  logout(options?: { scope?: LogoutScope | undefined }): Promise<LogoutResult>
  listSessions(): Promise<AuthResult<SessionBody[]>>
  endSession(id: string): Promise<AuthResult<null>>
  /** `refresh` afterwards, for an API with a `maxAge`: only the next access token tells it. */
  reauthenticate(password: string): Promise<AuthResult<null>>
  updateUser(changes: UserChanges): Promise<AuthResult<UserBody>>
  /** Asks for another access token now. Resolves to the state, whatever came of it. */
  refresh(): Promise<AuthState>
  /** As the page's, with the access token on requests to the service and to `apiOrigins`. */
  fetch: typeof fetch
  /**
   * Forgets the tokens in this browser. The server is not told, so the session lives on there. With cookies, the cookie stays, so
   * a later `logout` still ends the session, until somebody signs in; with `bearer` nothing here can end it any more.
   */
  clearTokens(): void
  /** Answers the idle warning: somebody is here. */
  stay(): void
  /** Takes away every event listener, timer and channel. The session goes on; `subscribe` or `ready` begin again. */
  dispose(): void
}
