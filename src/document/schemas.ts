/** Owns the named schemas of the document, made of those in contract/. Never describes a field by itself. */

import * as z from 'zod/mini'
import * as answers from '../contract/answers.ts'
import * as bodies from '../contract/bodies.ts'
import { errorBody } from '../contract/errors.ts'
import type { Json } from './json.ts'

const ANSWERS = {
  User: answers.userBody,
  Identity: answers.identityBody,
  Tokens: answers.tokenBody,
  CookieTokens: answers.cookieTokenBody,
  LogoutReceipt: answers.logoutBody,
  Reauthentication: answers.reauthenticationBody,
  Session: answers.sessionBody,
  Sessions: answers.sessionsBody,
  Users: answers.usersBody,
  AuditEntry: answers.auditEntryBody,
  AuditPage: answers.auditBody,
  Event: answers.eventBody,
  EventPage: answers.eventsBody,
  Introspection: answers.introspectionBody,
  AuthorizationServer: answers.metadataBody,
  Keys: answers.jwksBody,
  Health: answers.healthBody,
  Empty: answers.emptyBody,
  OpenApi: answers.openApiBody,
  Error: errorBody,
} as const

/** One schema for a body that a route reads by several schemas. */
const together = (...parts: readonly z.ZodMiniObject[]): z.ZodMiniObject =>
  z.object(Object.assign({}, ...parts.map(({ shape }) => shape)))

// The type of the grant may be in the query instead.
const grantType = bodies.grantTypeQuery
const client = bodies.clientCredentialsBody

export const BODIES = {
  SignUp: together(bodies.signUpBody, client),
  PasswordGrant: together(grantType, bodies.passwordGrantBody, client),
  RefreshGrant: together(grantType, bodies.optionalRefreshGrantBody, client),
  PresentedToken: together(bodies.presentedTokenBody, client),
  CookieLogout: bodies.cookieLogoutBody,
  Password: bodies.passwordBody,
  ChangeUser: bodies.changeUserBody,
  DeleteUser: bodies.deleteUserBody,
  CreateUser: bodies.createUserBody,
  ChangeUserById: bodies.adminChangeUserBody,
  DeleteUserById: bodies.adminDeleteUserBody,
} as const

export type AnswerName = keyof typeof ANSWERS
export type BodyName = keyof typeof BODIES

export const refTo = (name: AnswerName | BodyName): Json => ({
  $ref: `#/components/schemas/${name}`,
})

/** An answer has no fields beyond those of its schema. A body may have more, which are not read. */
export const schemaComponents = (): Json => ({
  ...convert(ANSWERS, 'output'),
  ...convert(BODIES, 'input'),
})

/** The JSON schema of one input by itself, such as a parameter. */
export function schemaOf(schema: z.ZodMiniType): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', override: plainer })
  return rest
}

function convert(schemas: Record<string, z.ZodMiniType>, io: 'input' | 'output'): Json {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id })
  const uri = (id: string) => `#/components/schemas/${id}`
  const converted = z.toJSONSchema(registry, { io, uri, override: plainer })
  return Object.fromEntries(
    Object.entries(converted.schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]),
  )
}

/** Takes out what tells a reader nothing: the pattern behind a format, and the bounds that every whole number has. */
function plainer({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format) delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
