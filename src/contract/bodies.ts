/** Owns the schemas of everything that a caller sends: the one source of the input types. Every field has a limit. */

import * as z from 'zod/mini'
import { auditActions } from './audit-actions.ts'
import { CLIENT_ID_MAX_LENGTH, CLIENT_SECRET_MAX_LENGTH } from './client-limits.ts'
import {
  bytesAsJson,
  hasFiniteNumbers,
  isShallow,
  METADATA_BYTES,
  METADATA_DEPTH,
} from './metadata.ts'
import { sentences } from './mistakes.ts'
import { logoutScopes } from './scopes.ts'

z.config(sentences)

const limits = {
  /** RFC 5321 section 4.5.3.1.3: a path holds at most 256 octets, two of them its brackets. */
  email: 254,
  /** Code units; the rule in code points is the password policy's. This only keeps the hash cheap. */
  password: 1024,
  refreshToken: 512,
  hint: 64,
  role: 32,
  filter: 254,
  perPage: 1000,
  page: 1_000_000,
} as const

const email = z.string().check(z.minLength(1), z.maxLength(limits.email))
const password = z.string().check(
  z.minLength(1),
  z.maxLength(limits.password),
  // Half a surrogate pair has no bytes of its own, and U+FFFD stands for any byte that could not be read: passwords that
  // differ there would be hashed as one.
  z.refine((text) => !/[\p{Surrogate}\uFFFD]/u.test(text), 'must be well-formed Unicode'),
)
const uuid = z
  .string()
  .check(
    z.regex(
      /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
      'must be a lower-case UUID',
    ),
  )
const metadata = z.record(z.string().check(z.maxLength(256)), z.unknown()).check(
  z.refine(isShallow, {
    error: `must nest at most ${METADATA_DEPTH} levels deep`,
    abort: true,
  }),
  z.refine(hasFiniteNumbers, 'must have no number beyond what a double can hold'),
  z.refine(
    (value) => bytesAsJson(value) <= METADATA_BYTES,
    `must be at most ${METADATA_BYTES} bytes as JSON`,
  ),
)
const role = z
  .string()
  .check(
    z.regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and underscores'),
    z.maxLength(limits.role),
  )
/** A Go duration, as `@supabase/auth-js` sends it: `24h`, `1h30m`, `90s`; `none` lifts a ban. */
const banDuration = z.string().check(
  z.maxLength(32, { abort: true }),
  z.regex(/^(none|(\d{1,9}(\.\d{1,3})?(ms|s|m|h))+)$/, {
    error: "must be a duration such as '24h' or '1h30m', or 'none'",
    abort: true,
  }),
  // A duration of zero would lift a ban.
  z.regex(/^none$|[1-9]/, "must be longer than nothing; 'none' lifts a ban"),
)

/** Refused, not ignored: whoever sends a hash or a phone number must not get a success that did not store it. */
const passwordHash = z.optional(z.never('is not taken here: send the password'))
const phone = z.optional(z.literal('', 'is not taken here: accounts have email addresses'))

export const signUpBody = z.object({
  email,
  password,
  data: z.optional(z.nullable(metadata)),
})

/** RFC 6749 section 4.3.2 calls the address `username`. */
export const passwordGrantBody = z
  .object({
    email: z.optional(email),
    username: z.optional(
      email.check(z.describe('In place of `email`; one of the two is needed, and not both.')),
    ),
    password,
  })
  .check(
    z.refine((body) => (body.email === undefined) !== (body.username === undefined), {
      error: 'is needed, or username in its place, and not both',
      path: ['email'],
    }),
  )

export const refreshGrantBody = z.object({
  refresh_token: z.string().check(z.minLength(1), z.maxLength(limits.refreshToken)),
})

/** RFC 6749 section 2.3.1: how a client says in the body who it is. */
export const clientCredentialsBody = z.object({
  client_id: z.optional(z.string().check(z.maxLength(CLIENT_ID_MAX_LENGTH))),
  client_secret: z.optional(z.string().check(z.maxLength(CLIENT_SECRET_MAX_LENGTH))),
})

/** RFC 7009 section 2.1 and RFC 7662 section 2.1. The hint is not needed; a token of any length may be asked about. */
export const presentedTokenBody = z.object({
  token: z.string().check(z.minLength(1)),
  token_type_hint: z.optional(z.string().check(z.maxLength(limits.hint))),
})

/** A refresh where the token may be in the cookie instead. */
export const optionalRefreshGrantBody = z.object({
  refresh_token: z.optional(
    z
      .string()
      .check(
        z.minLength(1),
        z.maxLength(limits.refreshToken),
        z.describe('May be left out where the cookie comes along.'),
      ),
  ),
})

/** Of a logout by cookie. */
export const cookieLogoutBody = z.object({
  /** From the error of an earlier logout that was not confirmed: see ErrorBody's logout_ticket. */
  ticket: z.optional(z.string().check(z.minLength(1), z.maxLength(limits.refreshToken))),
  session: z.optional(
    uuid.check(
      z.describe(
        'The session that is meant. The cookie of another one, that of a later sign-in, then counts as none, and stays.',
      ),
    ),
  ),
})

export interface CookieLogoutBody extends z.infer<typeof cookieLogoutBody> {}

/** Read first, to know which of the two grants above applies. */
export const grantTypeBody = z.object({ grant_type: z.string().check(z.maxLength(64)) })
/** auth-js puts the grant type into the query instead. */
export const grantTypeQuery = z.partial(grantTypeBody)

export const logoutQuery = z.object({ scope: z.optional(z.enum(logoutScopes)) })
/** Another scope is refused, not ignored: whoever asks for less here must not lose more. */
export const logoutAllQuery = z.object({
  scope: z.optional(z.literal('global', 'is global here; for another, call /logout')),
})

export const changeUserBody = z.object({
  email: z.optional(email),
  phone,
  password: z.optional(password),
  current_password: z.optional(password),
  data: z.optional(z.nullable(metadata)),
  /** Which sessions any change ends: the other ones, which a new password or email ends in any case, or this one too. */
  logout: z.optional(z.enum(['others', 'global'])),
})

export interface ChangeUserBody extends z.infer<typeof changeUserBody> {}

export const passwordBody = z.object({ password })

/** For deleting one's account: the password may come along instead of a call to reauthenticate. */
export const deleteUserBody = z.object({ current_password: z.optional(password) })

export const sessionId = uuid
export const userId = uuid

/** `@supabase/auth-js` sends it. A soft delete is refused, not ignored: whoever wants the account back must not lose it. */
export const adminDeleteUserBody = z.object({
  should_soft_delete: z.optional(z.literal(false, 'is not done here: deleting is for good')),
})
export const statusListId = uuid

/** What an operator may set of an account, beside its address. */
const accountFields = {
  phone,
  password: z.optional(password),
  password_hash: passwordHash,
  email_confirm: z.optional(z.boolean()),
  phone_confirm: z.optional(z.literal(false, 'is not taken here: accounts have no phone numbers')),
  role: z.optional(role),
  user_metadata: z.optional(z.nullable(metadata)),
  app_metadata: z.optional(z.nullable(metadata)),
  ban_duration: z.optional(banDuration),
}
export const createUserBody = z.object({ id: z.optional(uuid), email, ...accountFields })
export const adminChangeUserBody = z.object({
  email: z.optional(email),
  ...accountFields,
  email_confirm: z.optional(
    z.literal(true, 'cannot be taken back: leave it out, or ban the user for a time'),
  ),
})

export interface CreateUserBody extends z.infer<typeof createUserBody> {}
export interface AdminChangeUserBody extends z.infer<typeof adminChangeUserBody> {}

/** A number in a query; an empty text means that it was left out (auth-js sends `page=`). */
const count = (fallback: number, max: number) =>
  z.pipe(
    z.transform((text: unknown) =>
      text === undefined || text === ''
        ? undefined
        : /^\d{1,9}$/.test(String(text))
          ? Number(text)
          : NaN,
    ),
    z._default(
      z
        .int('must be a whole number')
        .check(z.minimum(1, 'must be at least 1'), z.maximum(max, `must be at most ${max}`)),
      fallback,
    ),
  )

export const listUsersQuery = z.object({
  page: count(1, limits.page),
  per_page: count(50, limits.perPage),
  /** The beginning of an email address, or a whole user id. */
  filter: z.optional(z.string().check(z.maxLength(limits.filter))),
})

/** The `next` of the page before. */
const after = z.optional(
  z.string().check(z.regex(/^\d{1,19}-\d{1,19}$/, "must be the 'next' of the page before")),
)

export const auditQuery = z.object({
  user: z.optional(uuid),
  action: z.optional(z.enum(auditActions)),
  per_page: count(50, 200),
  after,
})

export const eventsQuery = z.object({ per_page: count(20, 100), after })
