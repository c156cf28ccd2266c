/**
 * The gate at other people's APIs: refuses tokens that were logged out. For any runtime with `fetch`.
 *
 * @module
 */

export type { GuardAnswer, GuardDecision, VerifiedToken } from './decision.ts'
export { createGuard, type Guard } from './guard.ts'
export { type AuthVariables, requireAuth } from './hono.ts'
export type { GuardCheck, GuardOptions } from './options.ts'
