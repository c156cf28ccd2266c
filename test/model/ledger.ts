/** Owns the tokens that a sequence was handed out, and whether an answer hands out what it must. Never sends anything. */

import { type Answer, claimsOf } from '../support/street.ts'
import { type Outcome, RULES, type Ticket } from './model.ts'
import type { Deployment, Names } from './realm.ts'
import type { Issued } from './resolution.ts'
import { isSame } from './worlds.ts'

type Grant = NonNullable<Outcome['grant']>

const whole = (ms: number): number => Math.floor(ms / 1000) * 1000

/** In whole seconds, and never past the end of the session. */
const expiryOf = ({ absoluteEnd }: Grant, now: number): number =>
  Math.min(whole(now) + RULES.access, whole(absoluteEnd))

/**
 * After a refresh that was not confirmed and a change of secrets, an older refresh token is answered with a new text, which
 * may be of either generation. The model goes no further then: it would have to guess.
 */
export class Unclear extends Error {}

export class Ledger {
  readonly issued: Issued = {
    access: [],
    refresh: [],
    services: [],
    tickets: [],
    sessions: new Map(),
    accounts: [],
  }

  readonly names: Names = {
    access: ({ place }) => this.issued.access[place]?.text ?? '',
    refresh: (token) => this.issued.refresh.find((one) => isSame(one, token))?.text ?? '',
    service: ({ place }) => this.issued.services[place]?.text ?? '',
    ticket: (token) => this.ticketOf(token)?.text ?? '',
    session: (key) => this.issued.sessions.get(key) ?? '',
    account: (key) => this.issued.accounts.find((one) => one.key === key)?.id ?? '',
  }

  private ticketOf(token: Ticket) {
    return this.issued.tickets.find((one) => isSame(one, token) && one.scope === token.scope)
  }

  /** Whether the expiry fits, and the refresh token: a generation has one for each secret, and no other generation has it. */
  fits(grant: Grant, { body }: Answer, { signer }: Deployment, now: number): boolean {
    if (body.expires_at !== expiryOf(grant, now) / 1000) return false
    return this.issued.refresh.every(
      (known) => isSame(known, { ...grant, signer }) === (known.text === body.refresh_token),
    )
  }

  keep(outcomes: Outcome[], { body }: Answer, { signer }: Deployment, now: number): void {
    const grants = new Map(
      outcomes.flatMap(({ grant }) => (grant ? [[grant.generation, grant]] : [])),
    )
    const [grant] = grants.values()
    if (!grant) return
    if (grants.size > 1) throw new Unclear()
    const { session, generation } = grant
    const { sessions, accounts, access, refresh } = this.issued
    const text = String(body.access_token)
    const claims = claimsOf(text)
    const client = String(claims.client_id)
    sessions.set(session, String(claims.sid))
    const opened = surestAccountOf(outcomes, session)
    if (opened && !accounts.some(({ key }) => key === opened.key))
      accounts.push({ ...opened, id: String(claims.sub) })
    const expiresAt = expiryOf(grant, now)
    access.push({ place: access.length, session, signer, expiresAt, text, client })
    const token = { session, generation, signer, text: String(body.refresh_token), client }
    if (!refresh.some((one) => isSame(one, token))) refresh.push(token)
  }

  /** Keeps the answer's ticket. False when it is not the right one: missing, another, or there though it must not be. */
  keepTicket(
    ticket: Omit<Ticket, 'signer'> | null,
    { body: { logout_ticket: text } }: Answer,
    { signer }: Deployment,
  ): boolean {
    if (ticket === null) return text === undefined
    if (typeof text !== 'string') return false
    const known = this.ticketOf({ ...ticket, signer })
    if (known) return known.text === text
    this.issued.tickets.push({ ...ticket, signer, text })
    return true
  }

  async issueService({ street, signer }: Deployment, now: number): Promise<void> {
    const { services } = this.issued
    const text = await street.mint.signService(RULES.service / 1000, now)
    const expiresAt = whole(now) + RULES.service
    services.push({ place: services.length, signer, expiresAt, text })
  }
}

function surestAccountOf(outcomes: Outcome[], key: string) {
  const world = outcomes[0]?.world
  const session = world?.sessions.find((one) => one.key === key)
  const account = world?.accounts.find((one) => one.key === session?.account)
  return account && { key: account.key, slot: account.slot }
}
