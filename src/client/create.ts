/** Owns the client's making in the page that it runs in. */

import { openClient } from './client.ts'
import { thisPage } from './page.ts'
import type { AuthClient, AuthClientOptions } from './types.ts'

/**
 * A client of one service. It begins its work with the first call, so making one has no effect; on a server it looks for nobody
 * and stays `loading`, unless it is told to sign in or out, which is for the browser.
 *
 * @example
 * const auth = createAuthClient({ url: 'https://auth.example.com' })
 * auth.subscribe(() => console.log(auth.getState().status))
 * await auth.signIn({ email, password })
 * const { server } = await auth.logout() // 'confirmed', 'queued' or 'refused'; signed out here in any case
 */
export const createAuthClient = (options: AuthClientOptions = {}): AuthClient =>
  openClient(options, thisPage())
