/** Owns which of our tokens a text is, whoever brings it. Never needs the caller's hint: no text has both forms. */

import type { Ports } from './ports.ts'
import type { AccessToken, RefreshToken } from './token.ts'

export type PresentedToken =
  | { kind: 'access'; token: AccessToken }
  | { kind: 'refresh'; token: RefreshToken }

/** Null for what we never signed. Nothing is asked of Redis. */
export async function recognise(
  { accessTokens, refreshTokens }: Pick<Ports, 'accessTokens' | 'refreshTokens'>,
  text: string,
): Promise<PresentedToken | null> {
  const refreshToken = refreshTokens.read(text)
  if (refreshToken) return { kind: 'refresh', token: refreshToken }
  const accessToken = await accessTokens.verify(text)
  return accessToken && { kind: 'access', token: accessToken }
}
