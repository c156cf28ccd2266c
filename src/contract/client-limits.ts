/** Owns how long an OAuth client's id and secret may be. Never which clients there are. */

/** Characters. */
export const CLIENT_ID_MAX_LENGTH = 64
export const CLIENT_SECRET_MAX_LENGTH = 256
