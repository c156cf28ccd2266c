/** Owns the comparison of a real answer with the document: status, headers and body. Never validates with code of ours. */

import { type Schema, Validator } from '@cfworker/json-schema'
import document from '../../src/contract/openapi.json' with { type: 'json' }
import {
  headerForCookies,
  headersEverywhere,
  headersForAllowedOrigins,
} from '../../src/document/headers.ts'

interface HeaderObject {
  required?: boolean
  schema: Schema
}
interface ResponseObject {
  headers: Record<string, HeaderObject | Reference>
  content?: Record<string, { schema: Schema; examples: Record<string, Example | Reference> }>
}
interface Reference {
  $ref: string
}
interface Example {
  value: unknown
}
interface OperationObject {
  operationId: string
  parameters?: { name: string }[]
  responses: Record<string, ResponseObject | Reference>
  requestBody?: { content: Record<string, { schema: Schema; examples: Record<string, Example> }> }
}

/** Headers that any answer may have, beside those of its operation: HTTP's own, and those that the document names once. */
const FREE = [
  'Content-Type',
  'Content-Length',
  headerForCookies,
  ...headersForAllowedOrigins,
  ...headersEverywhere,
].map(lower)

const paths = document.paths as unknown as Record<string, Record<string, OperationObject>>

export function operationOf(id: string): OperationObject {
  const all = Object.values(paths).flatMap((path) => Object.values(path))
  const found = all.find(({ operationId }) => operationId === id)
  if (!found) throw new TypeError(`The document has no operation ${id}.`)
  return found
}

/** Everything that is not as documented, in sentences; none when all is well. */
export function complaints(
  id: string,
  answer: { status: number; headers: Headers; text: string },
): string[] {
  const documented = operationOf(id).responses[answer.status]
  if (!documented) return [`status ${answer.status} is not documented`]
  const response = resolve<ResponseObject>(documented)
  const common = answer.headers.has('X-Request-Id') ? headersEverywhere : []
  return [
    ...common
      .filter((name) => !answer.headers.has(name))
      .map((name) => `header ${name} is missing, which every answer has`),
    ...aboutHeaders(response, answer.headers),
    ...aboutBody(response, answer),
  ]
}

function aboutHeaders(response: ResponseObject, headers: Headers): string[] {
  const known = Object.entries(response.headers).map(
    ([name, header]) => [lower(name), resolve<HeaderObject>(header)] as const,
  )
  const names = new Set([...FREE, ...known.map(([name]) => name)])
  const found: string[] = []
  for (const [name] of headers) if (!names.has(name)) found.push(`header ${name} is not documented`)
  for (const [name, { required, schema }] of known) {
    const text = headers.get(name)
    if (text === null && required) found.push(`header ${name} is missing`)
    if (text === null) continue
    const value = schema.type === 'integer' && /^-?\d+$/.test(text) ? Number(text) : text
    found.push(...misfits(schema, value).map((sentence) => `header ${name}: ${sentence}`))
  }
  return found
}

function aboutBody(
  { content }: ResponseObject,
  { headers, text }: { headers: Headers; text: string },
): string[] {
  const type = headers.get('Content-Type')?.split(';')[0] ?? null
  if (!content) return text === '' ? [] : ['there is a body, and none is documented']
  const media = type === null ? undefined : content[type]
  if (!media) return [`media type ${type} is not documented`]
  return misfits(media.schema, type === 'application/json' ? JSON.parse(text) : text)
}

/** One for each schema, made once: making one goes through the whole document. */
const validators = new WeakMap<Schema, Validator>()

function validatorOf(schema: Schema): Validator {
  const known = validators.get(schema)
  if (known) return known
  const whole = { ...schema, components: document.components } as Schema
  const made = new Validator(whole, '2020-12', false)
  validators.set(schema, made)
  return made
}

export function misfits(schema: Schema, value: unknown): string[] {
  const { valid, errors } = validatorOf(schema).validate(value)
  return valid ? [] : errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
}

/** What a reference stands for, or the thing itself. */
export function resolve<Found>(thing: Found | Reference): Found {
  if (typeof thing !== 'object' || thing === null || !('$ref' in thing)) return thing as Found
  const parts = String(thing.$ref).slice(2).split('/')
  return parts.reduce<unknown>((at, part) => Reflect.get(Object(at), part), document) as Found
}

/** The codes that an operation may answer with a status. */
export function codesOf(id: string, status: string): string[] {
  const response = resolve<ResponseObject>(operationOf(id).responses[status] as ResponseObject)
  const [, narrowed] = response.content?.['application/json']?.schema.allOf ?? []
  const codes = Object(Object(narrowed).properties).error_code
  return Object(codes).enum ?? []
}

function lower(name: string): string {
  return name.toLowerCase()
}
