/** Owns the stable error codes and the shape of an error's body. Never when one is given. */

/** Clients branch on these, never on the sentence: a code that is out is never renamed. */
export type ErrorCode =
  | 'bad_json'
  | 'bad_jwt'
  | 'conflict'
  | 'cross_site_request'
  | 'current_password_invalid'
  | 'email_exists'
  | 'insufficient_role'
  | 'insufficient_user_authentication'
  | 'email_not_confirmed'
  | 'invalid_client'
  | 'invalid_credentials'
  | 'method_not_allowed'
  | 'no_authorization'
  | 'not_admin'
  | 'not_found'
  | 'not_implemented'
  | 'over_request_rate_limit'
  | 'reauthentication_needed'
  | 'refresh_token_not_found'
  | 'request_entity_too_large'
  | 'same_password'
  | 'service_misconfigured'
  | 'service_unavailable'
  | 'session_not_found'
  | 'session_unknown'
  | 'signup_disabled'
  | 'token_expired'
  | 'token_of_another_client'
  | 'unexpected_failure'
  | 'unsupported_grant_type'
  | 'unsupported_media_type'
  | 'user_already_exists'
  | 'user_banned'
  | 'user_not_found'
  | 'validation_failed'
  | 'weak_password'

/** The `error` of RFC 6749 section 5.2, which OAuth clients read on `/token`, `/revoke` and `/introspect`. */
export type OAuthErrorCode =
  | 'invalid_client'
  | 'invalid_request'
  | 'invalid_grant'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable'
  | 'server_error'

export type WeakPasswordReason = 'length' | 'characters' | 'pwned'

export interface ErrorBody {
  /** The HTTP status, as an integer. */
  code: number
  error_code: ErrorCode
  msg: string
  /** On a logout by cookie that was not confirmed: the cookie is gone, this ends the session all the same. */
  logout_ticket?: string
  weak_password?: { reasons: WeakPasswordReason[] }
  error?: OAuthErrorCode
  error_description?: string
}
