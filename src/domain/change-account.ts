/** Owns what people may change of their own account, and which sessions a change ends. */

import type { AuditAction } from '../contract/audit-actions.ts'
import type { ChangeUserBody } from '../contract/bodies.ts'
import { type Account, mergeMetadata, metadataRefusal, normaliseEmail } from './account.ts'
import type { AccountEnding } from './account-port.ts'
import { admit, longerRefusal } from './admit.ts'
import { eventBy } from './audit.ts'
import { networkOf } from './network.ts'
import type { Origin } from './origin.ts'
import { normalisePassword, passwordRefusal } from './password.ts'
import type { Ports } from './ports.ts'
import { isPresentPassword, provingOnce } from './prove-password.ts'
import type { Refusal } from './refusal.ts'
import { ok, type Result, refuse } from './result.ts'
import { hashingOnce, retryWhenOvertaken } from './retry.ts'
import type { Rules } from './rules.ts'
import type { SessionMember } from './session-port.ts'
import type { SessionToken } from './token.ts'

type ChangePorts = Pick<Ports, 'accounts' | 'sessions' | 'limiter' | 'passwords'>

/** A new password or email ends every other session. `logout` can end this one too, and can end sessions with any change. */
export async function changeAccount(
  ports: ChangePorts,
  rules: Rules,
  { token, wishes }: { token: SessionToken; wishes: ChangeUserBody },
  origin: Origin,
  now: number,
): Promise<Result<Account, Refusal>> {
  const email = wishes.email === undefined ? undefined : normaliseEmail(wishes.email)
  if (email === null) return refuse({ reason: 'email_invalid' })
  const payer = payerOf(token, wishes, email)
  const passwords = hashingOnce(ports.passwords)
  const requireProof = provingOnce(ports, rules, wishes.current_password, now)
  return retryWhenOvertaken(async () => {
    const [limited, probing, present, provenAt, members] = await Promise.all([
      admit(ports.limiter, 'change_account', payer),
      email === undefined ? null : admit(ports.limiter, 'sign_up_address', networkOf(origin.ip)),
      ports.accounts.byId(token.subject),
      ports.sessions.authenticatedAt(token.session),
      ports.sessions.members(token.subject),
    ])
    const refusal = longerRefusal(limited, probing)
    if (refusal) return refuse(refusal)
    // No time of a proof: the session has ended since the token was checked.
    if (!present || provenAt === null) return refuse({ reason: 'token_revoked' })
    const newEmail = email !== undefined && email !== present.email ? email : null
    const sensitive = newEmail !== null || wishes.password !== undefined
    const unproven = sensitive ? await requireProof(present, provenAt) : null
    if (unproven) return refuse(unproven)
    // A new password is compared with the present one. That is counted, or it would be a way to guess the present one.
    if (wishes.password !== undefined && wishes.current_password === undefined) {
      const guessing = await admit(ports.limiter, 'reauthenticate', present.id)
      if (guessing) return refuse(guessing)
    }
    // Nobody to end and nothing to change, so no audit entry: with such entries a thief could push older ones out of the log.
    // If the set of sessions was lost, `own` is missing and the script refuses: nobody knows who the others are.
    const [own, ...others] = members
    const isAlone = own?.id === token.session && others.length === 0
    if (wishes.logout === 'others' && isAlone && !sensitive && wishes.data === undefined)
      return ok(present)
    const future = { ...present, email: newEmail ?? present.email }
    const hash = await newPasswordHash({ ...ports, passwords }, rules, future, wishes, now)
    if (!hash.ok) return hash

    const next: Account = {
      ...future,
      confirmedAt: newEmail ? now : present.confirmedAt,
      passwordHash: hash.value ?? present.passwordHash,
      userMetadata: mergeMetadata(present.userMetadata, wishes.data),
      updatedAt: now,
    }
    const tooLarge = metadataRefusal(next)
    if (tooLarge) return refuse(tooLarge)
    const ending = endingOf(wishes.logout ?? (sensitive ? 'others' : 'none'), members)
    const action = whatChanged(wishes.password, newEmail)
    const outcome = await ports.accounts.change(
      {
        present,
        next,
        restsOn: { metadata: wishes.data !== undefined, password: sensitive },
        caller: token,
        ending,
      },
      eventBy(token, action, origin, now, ending.kind),
    )
    switch (outcome) {
      case 'changed':
        return ok(next)
      case 'taken':
        return refuse({ reason: 'email_taken' })
      case 'gone':
      case 'revoked':
      case 'unlisted':
        return refuse({ reason: 'token_revoked' })
      case 'overtaken':
        return refuse({ reason: 'overtaken' })
    }
  })
}

/**
 * A change that ends sessions is counted per session: a thief in another session must not use up the calls by which the owner gets
 * rid of him. Any other change is counted per user: many sessions must not add up to washing out the log, or to changing without
 * end what somebody else's change rests on.
 */
function payerOf(token: SessionToken, wishes: ChangeUserBody, email: string | undefined): string {
  const ends =
    wishes.password !== undefined ||
    (email !== undefined && email !== token.email) ||
    (wishes.logout !== undefined && wishes.data === undefined)
  return ends ? token.session : token.subject
}

async function newPasswordHash(
  ports: Pick<Ports, 'passwords' | 'limiter'>,
  rules: Rules,
  account: Account,
  { password, current_password: proven }: ChangeUserBody,
  now: number,
): Promise<Result<string | null, Refusal>> {
  if (password === undefined) return ok(null)
  const weak = passwordRefusal(password, rules.password, account)
  if (weak) return refuse(weak)
  // If this call has proven the present password, both texts are at hand, and no hash is needed to compare them.
  const isSame =
    proven === undefined
      ? await isPresentPassword(ports, account, password, now)
      : normalisePassword(password) === normalisePassword(proven)
  return isSame
    ? refuse({ reason: 'password_same' })
    : ok(await ports.passwords.hash(password, now))
}

function endingOf(wish: 'none' | 'others' | 'global', members: SessionMember[]): AccountEnding {
  switch (wish) {
    case 'none':
      return { kind: 'none' }
    case 'others':
      return { kind: 'others', members }
    case 'global':
      return { kind: 'all', members }
  }
}

const whatChanged = (password: string | undefined, email: string | null): AuditAction =>
  password !== undefined
    ? 'user_updated_password'
    : email !== null
      ? 'user_updated_email'
      : 'user_modified'
