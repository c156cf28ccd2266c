/** Owns the putting together of the client. */

import type { AuthClient, AuthClientOptions } from './types.ts'

export function createAuthClient(_options: AuthClientOptions = {}): AuthClient {
  throw new TypeError('Not written yet.')
}
