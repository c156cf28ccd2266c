/** Owns which passwords are accepted (NIST SP 800-63B-4 section 3.1.1.2). Never hashes one. */

import type { WeakPasswordReason } from '../contract/errors.ts'
import { PASSWORD_MAX_LENGTH } from './policy.ts'
import type { Refusal } from './refusal.ts'
import type { PasswordRules } from './rules.ts'

/** The form that is counted and hashed: one password typed on two keyboards must be the same (NFKC). */
export const normalisePassword = (text: string): string => text.normalize('NFKC')

/** Null when the password may be used. No rule on composition: the standard forbids them. */
export function passwordRefusal(
  text: string,
  rules: PasswordRules,
  account: { email: string },
): Refusal | null {
  const password = normalisePassword(text)
  const length = [...password].length
  if (length < rules.minLength)
    return weak('length', `The password needs at least ${rules.minLength} characters.`)
  if (length > PASSWORD_MAX_LENGTH)
    return weak('length', `The password may have at most ${PASSWORD_MAX_LENGTH} characters.`)
  const plain = password.toLowerCase()
  if (rules.refused.has(plain))
    return weak(
      'pwned',
      'This password is among the most used ones, or not allowed here. Choose another.',
    )
  if (!rules.mayBeAddress && [account.email, account.email.split('@')[0]].includes(plain))
    return weak('characters', 'The password must not be your email address. Choose another.')
  return null
}

const weak = (because: WeakPasswordReason, sentence: string): Refusal => ({
  reason: 'password_weak',
  because: [because],
  sentence,
})
