/** Owns the services that http/ is given, and what a request carries from step to step. Wires nothing. */

import type { JwksBody } from '../contract/answers.ts'
import type { Transport } from '../contract/cookies.ts'
import type { Client } from '../domain/client.ts'
import type { StoreFault } from '../domain/fault.ts'
import type { Counter } from '../domain/limiting.ts'
import type { LogoutProofs } from '../domain/logout-plan.ts'
import type { Ports } from '../domain/ports.ts'
import type { Rules } from '../domain/rules.ts'
import type { AccessToken, SessionToken } from '../domain/token.ts'
import type { FaultRoute } from './fault-words.ts'

export interface Services {
  /** The limiter and the journal are made anew for every request. */
  ports: Omit<Ports, 'limiter' | 'journal'>
  counter: Counter
  rules: Rules
  /** The `iss` of our tokens. */
  issuer: string
  /** Where our paths begin, as others reach them. */
  url: string
  audience: string
  corsOrigins: readonly string[]
  /** RFC 7517: the public keys, as they are published. */
  publicJwks: JwksBody['keys']
  /** What /health tells of the running code. */
  version: string
  /** What is wrong with Redis now; null when nothing is. */
  redisFault: () => Promise<StoreFault | null>
  /** Epoch milliseconds. */
  now: () => number
  log: (line: LogLine) => void
}

/** One structured line. Never a token, an email address or a password. */
export interface LogLine {
  level: 'info' | 'warn' | 'error'
  event: string
  request_id: string
  [field: string]: string | number | boolean | null
}

/** A body that could be read, before a schema has seen it. */
export interface RawBody {
  value: unknown
  /** So that all of its values are texts. */
  isForm: boolean
}

export interface AppEnv {
  Variables: {
    services: Services
    ports: Ports
    requestId: string
    now: number
    /** The request id for the audit logs: unique to this call, even if the caller sends one X-Request-Id with several calls. */
    callId: string
    /** Starts what follows the route's work: gives calls back to the limiter, and records the events of the journal. */
    afterwards: () => Promise<unknown>[]
    /** Set by the authenticating steps. */
    token: AccessToken
    /** Starts the look-up that is sent together with the check of a person's token, see look-ahead.ts. */
    lookUp: ((token: SessionToken) => void) | undefined
    /** The OAuth client that calls, where one is asked for. */
    client: Client | undefined
    /** Set by chooseTransport: how a browser wants its refresh token. */
    transport: Transport | undefined
    /** Set by requireLogoutProof, where no token has to work. */
    logoutProofs: LogoutProofs | undefined
    /** Put into the error's body when a logout is not confirmed. */
    logoutTicket: string | undefined
    /** Set once the body was parsed, for a second schema that reads it. */
    rawBody: RawBody | undefined
    /** The route whose words answer a fault from here on. */
    faultRoute: FaultRoute | undefined
    /** For the log line. */
    errorCode: string | undefined
    refusal: string | undefined
  }
}
