/** Owns the names around the cookie that holds a browser's refresh token. Never its value or its life. */

/** RFC 6265bis section 4.1.3.2: the prefix makes browsers insist on Secure, Path=/ and no Domain. */
export const refreshCookie = '__Host-curfew-refresh'

/** How the caller wants its refresh token. Left out, it stands in the body. */
export const transportHeader = 'X-Curfew-Transport'

/**
 * What a browser puts into the transport header to have its refresh token in that cookie: until the session ends, or
 * until the browser closes. Another origin's page cannot send this header without a CORS preflight.
 */
export const transports = ['cookie', 'session-cookie'] as const

export type Transport = (typeof transports)[number]
