/** Owns the reading of an Authorization field's value. Pure. */

/** The token of a Bearer credential (RFC 6750 section 2.1; the scheme's case does not matter, RFC 9110 section 11.1). */
export function readBearer(value: string | null | undefined): string | null {
  const [, scheme, token] = value?.match(/^(\S+) +(\S+) *$/) ?? []
  return token && scheme?.toLowerCase() === 'bearer' ? token : null
}
