/** Owns the scopes of a logout. Never imports the answers' schemas, so that reading a request does not load those. */

export const logoutScopes = ['local', 'others', 'global'] as const
export type LogoutScope = (typeof logoutScopes)[number]
