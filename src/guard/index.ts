/**
 * The gate at other people's APIs: refuses tokens that were logged out. For any runtime with `fetch`.
 *
 * @module
 */

export type { ErrorBody } from '../contract/errors.ts'
export type { PublishedKeys } from '../crypto/published-keys.ts'
export type { GuardAnswer, GuardDecision, GuardReason, VerifiedToken } from './decision.ts'
export { createGuard, type Guard } from './guard.ts'
export { type AuthVariables, requireAuth } from './hono.ts'
export type { GuardCheck, GuardOptions } from './options.ts'
export type { StrictRedis } from './strict.ts'
