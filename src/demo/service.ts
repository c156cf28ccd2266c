/** Where the service is. */

export const service = location.origin + __BASE_PATH__

/** Whether `npm run dev` serves the page: that makes a test account. */
export const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname)
