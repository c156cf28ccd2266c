/**
 * Owns the shapes of successful answers, as closed schemas: the document is made of them, and answers are tried against it.
 * The running service imports only types from here: it does not check an answer on its way out, and ships no validator for it.
 */

import * as z from 'zod/mini'
import { logoutScopes } from './scopes.ts'

const uuid = z.uuid()
const isoTime = z.iso.datetime()
const isoTimeOrNull = z.nullable(isoTime)
const epochSeconds = z.int().check(z.describe('Epoch seconds.'))
const metadata = z.record(z.string(), z.unknown())

export const identityBody = z.strictObject({
  identity_id: uuid,
  id: uuid,
  user_id: uuid,
  provider: z.literal('email'),
  identity_data: z.strictObject({ sub: uuid, email: z.string(), email_verified: z.boolean() }),
  email: z.string(),
  last_sign_in_at: isoTimeOrNull,
  created_at: isoTime,
  updated_at: isoTime,
})

export const userBody = z.strictObject({
  /** A lower-case UUID. */
  id: uuid,
  aud: z.string(),
  role: z.string(),
  email: z.string(),
  phone: z.string().check(z.describe('Always empty: accounts have email addresses.')),
  email_confirmed_at: isoTimeOrNull,
  confirmed_at: isoTimeOrNull,
  last_sign_in_at: isoTimeOrNull,
  created_at: isoTime,
  updated_at: isoTime,
  banned_until: isoTimeOrNull,
  app_metadata: metadata.check(z.describe('Written by operators only.')),
  user_metadata: metadata.check(z.describe('Written by the user: never base a permission on it.')),
  identities: z.array(identityBody),
  is_anonymous: z.literal(false),
})
export interface UserBody extends z.infer<typeof userBody> {}

/** RFC 6749 section 5.1, with `expires_at` (epoch seconds) and `user` for clients that keep both. */
export const tokenBody = z.strictObject({
  access_token: z.string().check(z.describe('A JWT (RFC 9068).')),
  token_type: z.literal('bearer'),
  expires_in: z.int().check(z.describe('Seconds.')),
  expires_at: epochSeconds,
  refresh_token: z.string().check(z.describe('Opaque. It works once; keep the newest.')),
  user: userBody,
})
export interface TokenBody extends z.infer<typeof tokenBody> {}

/** The same for a caller whose refresh token is in a cookie. */
export const cookieTokenBody = z.omit(tokenBody, { refresh_token: true })
export interface CookieTokenBody extends z.infer<typeof cookieTokenBody> {}

/** RFC 7662 section 2.2. Times in epoch seconds. */
const activeTokenBody = z.strictObject({
  active: z.literal(true),
  client_id: z.string(),
  token_type: z.enum(['Bearer', 'refresh_token']),
  exp: epochSeconds,
  iat: epochSeconds,
  sub: z.string(),
  iss: z.string(),
  sid: z.exactOptional(uuid),
  auth_time: z.exactOptional(epochSeconds),
  /** From here on: of an access token only. */
  nbf: z.exactOptional(epochSeconds),
  aud: z.exactOptional(z.string()),
  jti: z.exactOptional(z.string()),
  username: z.exactOptional(z.string().check(z.describe('The email address.'))),
  role: z.exactOptional(z.string()),
})

/** A token that does not work is answered with exactly `{"active":false}`. */
export const introspectionBody = z.union([
  z.strictObject({ active: z.literal(false) }),
  activeTokenBody,
])
export type IntrospectionBody = z.infer<typeof introspectionBody>

/** RFC 8414 section 2. */
export const metadataBody = z.strictObject({
  issuer: z.url(),
  jwks_uri: z.url(),
  token_endpoint: z.url(),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  revocation_endpoint: z.url(),
  revocation_endpoint_auth_methods_supported: z.array(z.string()),
  introspection_endpoint: z.url(),
  introspection_endpoint_auth_methods_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
})
export interface MetadataBody extends z.infer<typeof metadataBody> {}

/** RFC 7517: public keys. */
export const jwksBody = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      alg: z.literal('ES256'),
      use: z.literal('sig'),
    }),
  ),
})
export interface JwksBody extends z.infer<typeof jwksBody> {}

export const healthBody = z.strictObject({
  status: z.enum(['ok', 'unavailable']),
  version: z.string(),
  redis: z
    .enum(['reachable', 'unreachable', 'refused'])
    .check(
      z.describe('`refused`: Redis does not accept the configured token, or takes no writes.'),
    ),
})
export interface HealthBody extends z.infer<typeof healthBody> {}

export const logoutBody = z.strictObject({
  message: z.string(),
  timestamp: isoTime,
  scope: z.enum([...logoutScopes, 'session', 'realm']),
  sessions_ended: z
    .nullable(z.int())
    .check(
      z.describe(
        'How many sessions this call ended: 0 when there was nothing left to end, or when the call had to be sent twice; null where none are counted.',
      ),
    ),
})
export interface LogoutBody extends z.infer<typeof logoutBody> {}

export const reauthenticationBody = z.strictObject({
  message: z.string(),
  timestamp: isoTime,
  valid_until: isoTime,
})
export interface ReauthenticationBody extends z.infer<typeof reauthenticationBody> {}

export const sessionBody = z.strictObject({
  id: uuid,
  current: z.boolean().check(z.describe('Whether it is the session that made this request.')),
  created_at: isoTime,
  last_seen_at: isoTime,
  expires_at: isoTime.check(z.describe('When it expires if it is not used again.')),
  device: z.string().check(z.describe("Such as 'Firefox on Windows'.")),
  place: z.string().check(z.describe('City and country, as far as known.')),
})
export interface SessionBody extends z.infer<typeof sessionBody> {}

export const sessionsBody = z.strictObject({ sessions: z.array(sessionBody) })
export interface SessionsBody extends z.infer<typeof sessionsBody> {}

export const usersBody = z.strictObject({
  users: z.array(userBody),
  aud: z.string(),
  total: z.int(),
})
export interface UsersBody extends z.infer<typeof usersBody> {}

/** Not an enum: an entry that another version wrote may have an action that this one does not know. */
const auditAction = z
  .string()
  .check(z.describe('What happened: one of the names that `action` of `GET /admin/audit` takes.'))

export const auditEntryBody = z.strictObject({
  id: z.string(),
  at: isoTime,
  action: auditAction,
  subject: z.string().check(z.describe("Whose account; empty for the whole realm's.")),
  actor: z.string().check(z.describe('Who did it; empty when nobody was signed in.')),
  session: z
    .string()
    .check(z.describe("The account's session that it happened in or to; never an operator's own.")),
  ip: z.string(),
  place: z.string(),
  device: z.string(),
  request_id: z.string(),
  detail: z
    .string()
    .check(
      z.describe(
        'Details, such as the scope of a logout, what an operator changed, or why a right password did not sign in.',
      ),
    ),
})
export interface AuditEntryBody extends z.infer<typeof auditEntryBody> {}

export const auditBody = z.strictObject({
  entries: z.array(auditEntryBody),
  next: z.nullable(z.string()).check(z.describe("The next page's `after`; null on the last.")),
})
export interface AuditBody extends z.infer<typeof auditBody> {}

/** One entry of the caller's own account log. A field that its owner may not know is an empty text. */
export const eventBody = z.strictObject({
  id: z.string(),
  at: isoTime,
  action: auditAction,
  by: z
    .enum(['self', 'operator', 'unknown'])
    .check(
      z.describe('In a session of your own, by an operator, or by somebody who was not signed in.'),
    ),
  session: z.string(),
  ip: z.string(),
  place: z.string(),
  device: z.string(),
  detail: z.string(),
})
export interface EventBody extends z.infer<typeof eventBody> {}

export const eventsBody = z.strictObject({
  events: z.array(eventBody),
  next: z.nullable(z.string()).check(z.describe("The next page's `after`; null on the last.")),
})
export interface EventsBody extends z.infer<typeof eventsBody> {}

/** Where the status says all. */
export const emptyBody = z.strictObject({})

/** Open: its shape is the OpenAPI Specification's. */
export const openApiBody = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string() }),
  paths: z.looseObject({}),
})
