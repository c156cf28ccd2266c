/** Where the service is. */

export const service = location.origin + __BASE_PATH__

/** `npm run dev` makes an account to try things with. */
export const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)
