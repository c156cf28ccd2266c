/**
 * The gate at other people's APIs: refuses tokens that were logged out. For any runtime with `fetch`.
 *
 * @module
 */

export type { GuardAnswer, GuardDecision, VerifiedToken } from './decision.ts'
export { createGuard, type Guard, type GuardCheck, type GuardOptions } from './guard.ts'
export { type AuthVariables, requireAuth } from './hono.ts'
