/** Owns the reasons for an expected no. Never their status or words: http/refusal-words.ts has those. */

/** Lengths in code points. */
export type PasswordWeakness =
  | { kind: 'short'; min: number }
  | { kind: 'long'; max: number }
  /** It is one of the refused passwords of the rules. */
  | { kind: 'refused' }
  /** It is the account's email address, or what stands before the @ in it. */
  | { kind: 'email' }

export type Refusal =
  | { reason: 'token_missing' }
  | { reason: 'token_bad' }
  | { reason: 'token_expired' }
  | { reason: 'token_revoked' }
  | { reason: 'role_missing' }
  | { reason: 'credentials_wrong' }
  | { reason: 'email_not_confirmed' }
  | { reason: 'user_banned' }
  | { reason: 'refresh_token_bad' }
  | { reason: 'refresh_token_unknown' }
  | { reason: 'refresh_token_reused' }
  | { reason: 'refresh_token_foreign' }
  | { reason: 'client_bad'; by: 'header' | 'body' }
  | { reason: 'token_foreign' }
  | { reason: 'sign_up_closed' }
  | { reason: 'user_exists' }
  | { reason: 'email_taken' }
  | { reason: 'email_invalid' }
  | { reason: 'password_weak'; weakness: PasswordWeakness }
  | { reason: 'password_same' }
  | { reason: 'password_wrong' }
  | { reason: 'reauthentication_needed'; maxAge: number }
  | { reason: 'metadata_too_large'; bytes: number }
  | { reason: 'session_unknown' }
  | { reason: 'user_unknown' }
  | { reason: 'role_reserved' }
  | { reason: 'rate_limited'; retryAfter: number }
  | { reason: 'overtaken' }
