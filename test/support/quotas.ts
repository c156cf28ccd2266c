/** Owns settings under which no quota is ever full, or each is full soon: for tests that are about something else. */

import { QUOTAS } from '../../src/domain/policy.ts'

/** A limiter counts as ever, but never refuses. */
export const GENEROUS: Record<string, string> = Object.fromEntries(
  Object.keys(QUOTAS).map((name) => [`LIMIT_${name.toUpperCase()}`, '999999/300']),
)

/** A few calls fill a limiter, whichever it is. */
export const SCARCE: Record<string, string> = Object.fromEntries(
  Object.keys(QUOTAS).map((name) => [`LIMIT_${name.toUpperCase()}`, '3/300']),
)
