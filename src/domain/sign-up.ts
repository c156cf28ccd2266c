/** Owns the making of one's own account. The address counts as confirmed at once: no mail is sent. */

import { type Account, blankAccount, mergeMetadata, normaliseEmail } from './account.ts'
import { admit } from './admit.ts'
import type { AuditEvent } from './audit.ts'
import { type IssuedTokens, issueTokens } from './issue.ts'
import { networkOf } from './network.ts'
import type { Origin } from './origin.ts'
import { passwordRefusal } from './password.ts'
import { drawPlace } from './place.ts'
import type { Ports } from './ports.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { retryWhenOvertaken } from './retry.ts'
import type { Rules } from './rules.ts'

export async function signUp(
  ports: Omit<Ports, 'auditLog'>,
  rules: Rules,
  input: {
    email: string
    password: string
    data?: Record<string, unknown> | null | undefined
    client: string
  },
  origin: Origin,
  now: number,
): Promise<Result<IssuedTokens, Refusal>> {
  if (!rules.signUpOpen) return refuse({ reason: 'sign_up_closed' })
  const email = normaliseEmail(input.email)
  if (email === null) return refuse({ reason: 'email_invalid' })
  const weak = passwordRefusal(input.password, rules.password, { email })
  if (weak) return refuse(weak)
  const account: Account = {
    ...blankAccount(ports.newId(), email, now),
    confirmedAt: now,
    lastSignInAt: now,
    userMetadata: mergeMetadata({}, input.data),
  }
  const session = ports.newId()
  const event: AuditEvent = {
    ...origin,
    action: 'user_signedup',
    at: now,
    subject: account.id,
    actor: account.id,
    session,
    detail: '',
  }

  return retryWhenOvertaken(async () => {
    const [limited, taken, list] = await Promise.all([
      admit(ports.limiter, 'sign_up_address', networkOf(origin.ip)),
      ports.accounts.idOf(email),
      ports.sessions.currentStatusList(),
    ])
    if (limited) return refuse(limited)
    if (taken) return refuse({ reason: 'user_exists' })
    account.passwordHash ??= await ports.passwords.hash(input.password, now)
    const place = drawPlace(ports, rules.statusList, list)
    const opened = { id: session, client: input.client, place }
    const outcome = await ports.sessions.signUp(account, opened, event)
    switch (outcome.kind) {
      case 'opened':
        return ok(await issueTokens(ports, outcome.session, now))
      case 'taken':
      case 'gone':
        return refuse({ reason: 'user_exists' })
      case 'overtaken':
        return refuse({ reason: 'overtaken' })
    }
  })
}
