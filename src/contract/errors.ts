/**
 * Owns the stable error codes and the shape of an error's body. Never when one is given. The running service imports types only.
 */

import * as z from 'zod/mini'

/** Clients branch on these, never on the sentence: a code that was published is never renamed. */
export const errorCode = z.enum([
  'bad_json',
  'bad_jwt',
  'body_incomplete',
  'conflict',
  'cross_site_request',
  'current_password_invalid',
  'email_exists',
  'insufficient_role',
  'insufficient_user_authentication',
  'email_not_confirmed',
  'invalid_client',
  'invalid_credentials',
  'method_not_allowed',
  'no_authorization',
  'not_admin',
  'not_found',
  'not_implemented',
  'over_request_rate_limit',
  'reauthentication_needed',
  'refresh_token_not_found',
  'request_entity_too_large',
  'same_password',
  'service_misconfigured',
  'service_unavailable',
  'session_not_found',
  'session_unknown',
  'signup_disabled',
  'token_expired',
  'token_of_another_client',
  'unexpected_failure',
  'unsupported_grant_type',
  'unsupported_media_type',
  'user_already_exists',
  'user_banned',
  'user_not_found',
  'validation_failed',
  'weak_password',
])
export type ErrorCode = z.infer<typeof errorCode>

/** The `error` of RFC 6749 section 5.2, which OAuth clients read on `/token`, `/revoke` and `/introspect`. */
const oauthErrorCode = z.enum([
  'invalid_client',
  'invalid_request',
  'invalid_grant',
  'unsupported_grant_type',
  'temporarily_unavailable',
  'server_error',
])
export type OAuthErrorCode = z.infer<typeof oauthErrorCode>

const weakPasswordReason = z.enum(['length', 'characters', 'pwned'])
export type WeakPasswordReason = z.infer<typeof weakPasswordReason>

export const errorBody = z.strictObject({
  code: z.int().check(z.describe('The HTTP status.')),
  error_code: errorCode,
  msg: z.string().check(z.describe('For people. Never branch on it.')),
  logout_ticket: z.exactOptional(
    z
      .string()
      .check(
        z.describe(
          'On a logout by cookie that was not confirmed: the cookie is gone, and this ends the session all the same. Send it as `ticket`.',
        ),
      ),
  ),
  weak_password: z.exactOptional(z.strictObject({ reasons: z.array(weakPasswordReason) })),
  error: z.exactOptional(oauthErrorCode),
  error_description: z.exactOptional(z.string()),
})
export interface ErrorBody extends z.infer<typeof errorBody> {}
