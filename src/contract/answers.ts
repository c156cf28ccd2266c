/** Owns the shapes of successful answers. Never how they are made. */

export interface UserBody {
  /** A lower-case UUID. */
  id: string
  aud: string
  role: string
  email: string
  phone: string
  email_confirmed_at: string | null
  confirmed_at: string | null
  last_sign_in_at: string | null
  created_at: string
  updated_at: string
  banned_until: string | null
  app_metadata: Record<string, unknown>
  user_metadata: Record<string, unknown>
  identities: IdentityBody[]
  is_anonymous: false
}

export interface IdentityBody {
  identity_id: string
  id: string
  user_id: string
  provider: 'email'
  identity_data: { sub: string; email: string; email_verified: boolean }
  email: string
  last_sign_in_at: string | null
  created_at: string
  updated_at: string
}

/** RFC 6749 section 5.1, with `expires_at` (epoch seconds) and `user` for clients that keep both. */
export interface TokenBody {
  access_token: string
  token_type: 'bearer'
  expires_in: number
  expires_at: number
  refresh_token: string
  user: UserBody
}

/** RFC 7662 section 2.2. What does not work is exactly `{"active":false}`. Times in epoch seconds. */
export type IntrospectionBody = { active: false } | ActiveTokenBody

export interface ActiveTokenBody {
  active: true
  client_id: string
  token_type: 'Bearer' | 'refresh_token'
  exp: number
  iat: number
  sub: string
  iss: string
  sid?: string
  auth_time?: number
  /** Of an access token only, these and below. */
  nbf?: number
  aud?: string
  jti?: string
  /** The email address. */
  username?: string
  role?: string
}

/** RFC 8414 section 2. */
export interface MetadataBody {
  issuer: string
  jwks_uri: string
  token_endpoint: string
  token_endpoint_auth_methods_supported: string[]
  revocation_endpoint: string
  revocation_endpoint_auth_methods_supported: string[]
  introspection_endpoint: string
  introspection_endpoint_auth_methods_supported: string[]
  grant_types_supported: string[]
  response_types_supported: string[]
}
/** The same for a caller whose refresh token is in a cookie. */
export type CookieTokenBody = Omit<TokenBody, 'refresh_token'>

export interface LogoutBody {
  message: string
  /** ISO 8601, UTC. */
  timestamp: string
  scope: LogoutScope | 'session' | 'realm'
  /** How many sessions this call ended: 0 when there was nothing left to end; null where none are counted. */
  sessions_ended: number | null
}

export type LogoutScope = 'local' | 'others' | 'global'

export interface SessionBody {
  id: string
  current: boolean
  created_at: string
  last_seen_at: string
  /** When it ends by itself if it is not used again. */
  expires_at: string
  device: string
  place: string
}

export interface AuditEntryBody {
  id: string
  at: string
  action: string
  subject: string
  actor: string
  session: string
  ip: string
  place: string
  device: string
  request_id: string
  detail: string
}

/** One line of one's own account's log. What is not the reader's to know is an empty text. */
export interface EventBody {
  id: string
  at: string
  action: string
  /** In a session of one's own, by an operator, or by nobody who was signed in. */
  by: 'self' | 'operator' | 'unknown'
  session: string
  ip: string
  place: string
  device: string
  detail: string
}
