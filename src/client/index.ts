/** The browser client's door: re-exports only. */

export { createAuthClient } from './create.ts'
export type {
  AuthClient,
  AuthClientOptions,
  AuthError,
  AuthResult,
  AuthState,
  EndedBecause,
  LogoutResult,
  LogoutScope,
  SessionBody,
  UserBody,
  UserChanges,
} from './types.ts'
