/** Owns the form of an operation's answers in OpenAPI, good and bad. Adds no answer of its own. */

import { JSON_TYPE } from '../contract/media-types.ts'
import type { Operation } from '../contract/operations.ts'
import { oauthPaths, problemBody } from '../http/problem.ts'
import type { Description, Success } from './description.ts'
import { type HeaderName, headerRefs, optionalChallenge, optionalRequestId } from './headers.ts'
import type { Json } from './json.ts'
import { errorsOf, type KnownError } from './refusals.ts'
import { refTo } from './schemas.ts'
import type { Shelf } from './shelf.ts'

/** RFC 9110 section 15. */
const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

const RATE_LIMITS: readonly HeaderName[] = [
  'RateLimit-Policy',
  'RateLimit',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
]
/** Statuses that are answered before a limiter counts the call. */
const UNCOUNTED = [413, 415]

export interface Shelves {
  examples: Shelf
  responses: Shelf
}

export function responsesOf(
  operation: Operation,
  description: Description,
  shelves: Shelves,
): Json {
  const limits = description.limits ? RATE_LIMITS : []
  const cookie: readonly HeaderName[] = description.transport ? ['Set-Cookie'] : []
  const good = Object.entries(description.answers).map(
    ([status, answer]) => [status, goodResponse(answer, [...limits, ...cookie])] as const,
  )
  const errors = Object.groupBy(errorsOf(operation, description), ({ words }) => words.status)
  const bad = Object.entries(errors).map(([status, known]) => {
    const counted = UNCOUNTED.includes(Number(status)) ? [] : limits
    const cleared = description.transport?.clearedOn.includes(Number(status)) ? cookie : []
    const added = [...counted, ...cleared]
    const response = badResponse(operation, Number(status), known, added, shelves.examples)
    return [status, shelves.responses.put(nameOf(Number(status)), response)] as const
  })
  return Object.fromEntries([...good, ...bad].toSorted(([a], [b]) => Number(a) - Number(b)))
}

/** Such as 'NotFound'. */
const nameOf = (status: number): string => (TITLES[status] ?? '').replaceAll(' ', '')

function goodResponse(answer: Success, limits: readonly HeaderName[]): Json {
  const { description, content, cache, mayBeFile, headers = [] } = answer
  const kept = cache && {
    'Cache-Control': { required: true, schema: { type: 'string' }, example: cache },
  }
  const unnamed = mayBeFile && { 'X-Request-Id': optionalRequestId }
  return {
    description,
    headers: {
      ...headerRefs(['X-Request-Id', 'Cache-Control', ...headers, ...limits]),
      ...kept,
      ...unnamed,
    },
    ...(content && {
      content: {
        [content.type]: {
          schema: schemaOfAnswer(content.schema),
          examples: Object.fromEntries(
            Object.entries(content.examples).map(([name, value]) => [name, { value }]),
          ),
        },
      },
    }),
  }
}

function schemaOfAnswer(schema: NonNullable<Success['content']>['schema']): Json {
  if (schema === 'text') return { type: 'string' }
  return typeof schema === 'string' ? refTo(schema) : { anyOf: schema.map(refTo) }
}

function badResponse(
  { path }: Operation,
  status: number,
  errors: readonly KnownError[],
  added: readonly HeaderName[],
  examples: Shelf,
): Json {
  const isOAuth = oauthPaths.includes(path)
  const codes = [...new Set(errors.map(({ words }) => words.code))]
  const always = (name: string) => errors.every(({ words }) => words.headers?.[name] !== undefined)
  const named = (['Retry-After', 'WWW-Authenticate'] as const).filter(always)
  const sometimes =
    !always('WWW-Authenticate') && errors.some(({ words }) => words.headers?.['WWW-Authenticate'])
  const isOurs = !errors.some(({ isBeforeApp }) => isBeforeApp)
  return {
    description: `${TITLES[status]}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    headers: {
      ...headerRefs(['Cache-Control', ...named, ...added]),
      ...(isOurs ? headerRefs(['X-Request-Id']) : { 'X-Request-Id': optionalRequestId }),
      ...(sometimes && { 'WWW-Authenticate': optionalChallenge }),
    },
    content: {
      [JSON_TYPE]: {
        schema: {
          allOf: [
            refTo('Error'),
            {
              type: 'object',
              properties: { code: { const: status }, error_code: { enum: codes } },
              ...(isOAuth && isOurs && { required: ['error', 'error_description'] }),
            },
          ],
        },
        examples: Object.fromEntries(
          errors.map(({ name, words, isBeforeApp }) => {
            const hasOAuth = isOAuth && !isBeforeApp
            const value = problemBody(words, hasOAuth)
            return [name, examples.put(hasOAuth ? `${name}_oauth` : name, { value })]
          }),
        ),
      },
    },
  }
}
