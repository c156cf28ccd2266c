/** Owns the one algorithm that signs and verifies here. Holds no key. */

/** RFC 8725 section 3.1: pin it. */
export const ALGORITHM = 'ES256'
