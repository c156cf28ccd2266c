/** Owns what a logout may be asked to end. Apart from the answers' schemas, so that reading a request does not bring them along. */

export const logoutScopes = ['local', 'others', 'global'] as const
export type LogoutScope = (typeof logoutScopes)[number]
