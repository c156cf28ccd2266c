/** Owns which passwords are accepted (NIST SP 800-63B-4 section 3.1.1.2). Never hashes one. */

import { PASSWORD_MAX_LENGTH } from './policy.ts'
import type { PasswordWeakness, Refusal } from './refusal.ts'
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
  if (length < rules.minLength) return weak({ kind: 'short', min: rules.minLength })
  if (length > PASSWORD_MAX_LENGTH) return weak({ kind: 'long', max: PASSWORD_MAX_LENGTH })
  const plain = password.toLowerCase()
  if (rules.refused.has(plain)) return weak({ kind: 'refused' })
  if (!rules.mayBeEmail && [account.email, account.email.split('@')[0]].includes(plain))
    return weak({ kind: 'email' })
  return null
}

const weak = (weakness: PasswordWeakness): Refusal => ({ reason: 'password_weak', weakness })
