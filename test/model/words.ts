/** Owns how a disagreement is told. Never the texts of tokens, which say nothing to a reader. */

import type { Answer } from '../support/street.ts'
import type { Act, Outcome, Ticket } from './model.ts'

export const inShort = (act: Act | Omit<Ticket, 'signer'> | null): string =>
  JSON.stringify(act, (name, value) => (name === 'text' ? undefined : value))

export const verdict = (works: boolean | undefined): string =>
  works ? 'works and must not' : 'is refused and must not be'

export const told = ({ status, body }: Answer): string =>
  [
    status,
    body.error_code,
    body.sessions_ended !== undefined && `ended ${body.sessions_ended}`,
    body.logout_ticket !== undefined && 'with a ticket',
    body.expires_at !== undefined && `until ${body.expires_at}`,
  ]
    .filter(Boolean)
    .join(' ')

export const expected = ({ status, ended, grant }: Outcome): string =>
  [
    `  must be ${status}`,
    ended !== undefined && `ended ${ended}`,
    grant && `generation ${grant.generation} of session ${grant.session}`,
  ]
    .filter(Boolean)
    .join(' ')
