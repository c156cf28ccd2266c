/** Owns the names of the actions in an account's audit log and in everyone's. Never renamed: readers of the logs go by them. */

export const auditActions = [
  'user_signedup',
  'user_created',
  'user_modified',
  'user_updated_password',
  'user_updated_email',
  'user_banned',
  'user_deleted',
  'user_reauthenticated',
  'login',
  'login_failed',
  'logout',
  'session_ended',
  'session_evicted',
  'refresh_token_reused',
  'token_revoked',
  'logout_by_admin',
  'logout_everyone',
] as const
export type AuditAction = (typeof auditActions)[number]
