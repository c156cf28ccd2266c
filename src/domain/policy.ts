/** Owns every number of the policy, with its unit and its reason. Never reads the environment: config.ts may replace these. */

const SECOND = 1
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Seconds. Short enough that a verifier which cannot ask us is not wrong for long. */
export const ACCESS_TOKEN_TTL = 15 * MINUTE
/** Seconds. `@supabase/auth-js` refreshes before every call inside its margin of 90 s: shorter lives would loop. */
export const ACCESS_TOKEN_TTL_MIN = 91 * SECOND
/** Seconds. A longer life would turn an access token into a session of its own. */
export const ACCESS_TOKEN_TTL_MAX = 1 * DAY

/** The `aud` of access tokens. */
export const DEFAULT_AUDIENCE = 'authenticated'

/** Seconds after its expiry for which a guard may be told to accept an access token still. */
export const CLOCK_TOLERANCE_MAX = 5 * MINUTE

/** Seconds by which the clock of a guard, or of another Worker, may be behind ours. */
export const CLOCK_LAG_MAX = 5 * MINUTE

/**
 * Seconds after its expiry for which an access token may still pass somewhere: a guard may be told to tolerate that, and its clock
 * be behind besides. So the end of a token is remembered until then.
 */
export const PASSES_AFTER_EXPIRY = CLOCK_TOLERANCE_MAX + CLOCK_LAG_MAX

/** Seconds without a refresh after which a session has ended (NIST SP 800-63B-4 section 5.2: idle timeout). */
export const SESSION_IDLE_TTL = 7 * DAY
/** Seconds after sign-in at which a session ends, however busy (NIST SP 800-63B-4: at most 30 days at AAL1). */
export const SESSION_ABSOLUTE_TTL = 30 * DAY
export const SESSION_TTL_MAX = 400 * DAY

/** Seconds after a rotation in which an older refresh token gets the current one again: parallel tabs, lost answers. */
export const REFRESH_REUSE_WINDOW = 30 * SECOND
export const REFRESH_REUSE_WINDOW_MAX = 5 * MINUTE

/** Live sessions of one user; past it the one that would end first by itself makes room. */
export const SESSIONS_PER_USER = 100
/** Each session is three keys of a script that ends them all: with more sessions that script would not be quick. */
export const SESSIONS_PER_USER_MAX = 1000

/** Seconds for which a proof of the password counts for changing email or password and for deleting the account. */
export const REAUTHENTICATION_TTL = 10 * MINUTE

/** Code points. NIST SP 800-63B-4 section 3.1.1.2: 15 where a password stands alone; 8 is its floor and what people expect. */
export const PASSWORD_MIN_LENGTH = 8
export const PASSWORD_MIN_LENGTH_MAX = 64
/** Code points; the standard asks for at least 64. The bound only keeps hashing cheap. */
export const PASSWORD_MAX_LENGTH = 256

export interface ScryptCost {
  N: number
  r: number
  p: number
}

/** scrypt, one of OWASP's sets: 17 MB, so several fit into an isolate's 128 MB. README.md says what a hash takes. */
export const SCRYPT: ScryptCost = { N: 2 ** 14, r: 8, p: 5 }

/** Seconds for which a service token lives unless it is asked for otherwise, and at most. */
export const SERVICE_TOKEN_TTL = 1 * HOUR
export const SERVICE_TOKEN_TTL_MAX = 1 * DAY

/** Entries that one account's audit log keeps, and the realm's. */
export const AUDIT_ENTRIES_PER_ACCOUNT = 1000
export const AUDIT_ENTRIES = 100_000
/** Seconds for which an event stays in a log. An account's log as a whole goes so long after its last event. */
export const AUDIT_TTL = 90 * DAY

/**
 * Places in one status list: 32 KiB, which is what each building of it reads from Redis, and enough others to hide among.
 * Larger lists would only be fewer, with as many bytes in all. A guard keeps sixteen lists.
 */
export const STATUS_LIST_SIZE = 2 ** 18
export const STATUS_LIST_SIZE_MIN = 2 ** 10
export const STATUS_LIST_SIZE_MAX = 2 ** 23
/** Places drawn for a new session. When all of them are taken a new list begins: the old one is then somewhat over half full. */
export const STATUS_LIST_DRAWS = 16
/** Seconds after which no verifier may go by a list: how late a logout may be noticed without asking. */
export const STATUS_LIST_TTL = 30
export const STATUS_LIST_TTL_MIN = 4
export const STATUS_LIST_TTL_MAX = 3600

/**
 * Single access tokens that one list names as ended; past it their sessions end instead. Some 50 kB of a signed list: without
 * a bound, one user could make the list longer than any verifier reads.
 */
export const STATUS_LIST_TOKENS_MAX = 1000

/** How often a change starts again because what it had looked up was overtaken by another. */
export const ATTEMPTS = 4
/** Milliseconds for which an overtaken ending keeps new sessions out at most: two calls to Redis, and some more. */
export const DOOR_CLOSED_MS = 2_000

/** Milliseconds that one call to Redis may take; three in a row stay under the request's own limit. */
export const REDIS_TIMEOUT_MS = 800
/** Milliseconds of a request for which its password may wait to be hashed: the steps after the hash need the rest of its time. */
export const HASHING_WAIT_MS = 1_800
/** Milliseconds after which a request is answered, whatever it waits for. */
export const REQUEST_TIMEOUT_MS = 2_900

/**
 * Seconds for which anybody may keep what is the same for all and rarely changes: the keys, the metadata, the contract. A
 * verifier that meets an unknown key id asks again anyway.
 */
export const PUBLIC_MAX_AGE = 10 * MINUTE

/** Bytes of a request body. */
export const BODY_LIMIT = 64 * 1024
/** Characters of an access token: ours have about 700. */
export const ACCESS_TOKEN_MAX_LENGTH = 4096

export interface Quota {
  /** Calls within the window. */
  max: number
  /** Seconds; the window slides. */
  window: number
}

export const QUOTAS = {
  /** Per user, as documented. */
  logout: { max: 20, window: 5 * MINUTE },
  /** Per email address, with or without an account; a correct password gives its call back, so this counts wrong ones. */
  sign_in_account: { max: 10, window: 5 * MINUTE },
  /** Per IP address (network.ts), for right and wrong passwords. */
  sign_in_address: { max: 60, window: 5 * MINUTE },
  /** Per IP address (network.ts): sign-ups, and changes of one's email, which also tell whether an address has an account. */
  sign_up_address: { max: 30, window: 5 * MINUTE },
  /** Per user, wherever a signed-in user proves the password. */
  reauthenticate: { max: 10, window: 5 * MINUTE },
  /**
   * Per user; of a change that ends sessions, per session instead. Each change is an entry in a log of bounded length: a thief's
   * changes must not push out the entries before them.
   */
  change_account: { max: 60, window: 5 * MINUTE },
  /** Per session: forty tabs that all wake up at once are fine. */
  refresh: { max: 150, window: 5 * MINUTE },
} as const satisfies Record<string, Quota>

export type QuotaName = keyof typeof QUOTAS
