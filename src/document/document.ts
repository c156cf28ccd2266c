/** Owns the contract as an OpenAPI 3.1 document. Made before deployment: neither this nor any converter is in the Worker. */

import type * as z from 'zod/mini'
import { refreshCookie, transportHeader, transports } from '../contract/cookies.ts'
import {
  type Caller,
  type Operation,
  type OperationId,
  operationEntries,
  operations,
} from '../contract/operations.ts'
import { QUOTAS } from '../domain/policy.ts'
import { MEDIA_TYPES } from '../http/input.ts'
import { accountOperations } from './account.ts'
import { administrationOperations } from './administration.ts'
import type { Description, RequestBody } from './description.ts'
import { headerComponents } from './headers.ts'
import { introduction, tags } from './introduction.ts'
import type { Json } from './json.ts'
import { responsesOf, type Shelves } from './responses.ts'
import { refTo, schemaComponents, schemaOf } from './schemas.ts'
import { sessionOperations } from './sessions.ts'
import { createShelf } from './shelf.ts'
import { standardOperations } from './standards.ts'

/** An operation without a description does not compile, nor a description without an operation. */
const DESCRIPTIONS: Record<OperationId, Description> = {
  ...sessionOperations,
  ...accountOperations,
  ...administrationOperations,
  ...standardOperations,
}

const SECURITY: Record<Caller, readonly Json[]> = {
  anyone: [],
  client: [{}, { client: [] }],
  confidential_client: [{ client: [] }],
  // {}: a logout by ticket has neither an access token nor a cookie.
  holder: [{ bearer: [] }, { refreshCookie: [] }, {}],
  person: [{ bearer: [] }],
  operator: [{ bearer: [] }],
}

export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {}
  const shelves = { examples: createShelf('examples'), responses: createShelf('responses') }
  for (const [id, description] of operationEntries(DESCRIPTIONS)) {
    const operation: Operation = operations[id]
    const path = operation.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [operation.method.toLowerCase()]: describe(id, operation, description, shelves),
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Curfew',
      version,
      summary: 'Sessions at the edge, and logouts that hold.',
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // http/routes/open-api.ts puts the service's own URL here.
    servers: [{ url: '/' }],
    tags,
    paths,
    components: {
      schemas: schemaComponents(),
      headers: headerComponents,
      responses: shelves.responses.entries,
      examples: shelves.examples.entries,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access token.',
        },
        refreshCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: refreshCookie,
          description: `The refresh token of a browser that chose the cookie. It counts only together with \`${transportHeader}\`.`,
        },
        client: {
          type: 'http',
          scheme: 'basic',
          description:
            'An OAuth client, by its id and secret; or both in the body. A public client has no secret, and sends only its id.',
        },
      },
    },
  }
}

function describe(
  id: string,
  operation: Operation,
  description: Description,
  shelves: Shelves,
): Json {
  const { tag, summary, limits, body } = description
  const quotas = limits?.map((name) => {
    const { max, window } = QUOTAS[name]
    return `\`${name.replaceAll('_', '-')}\` (${max} in ${window} s by default)`
  })
  const words = [description.description, quotas && `Limits: ${quotas.join(', ')}.`]
  const parameters = parametersOf(description)
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(words.some(Boolean) && { description: words.filter(Boolean).join('\n\n') }),
    security: SECURITY[operation.caller],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBody(body) }),
    responses: responsesOf(operation, description, shelves),
  }
}

const TRANSPORT: Json = {
  name: transportHeader,
  in: 'header',
  required: false,
  description:
    'For pages of this service or of its allowed origins, of the same site: the refresh token is in a cookie that no script can read, instead of in the body. `cookie`: until the session ends. `session-cookie`: until the browser closes.',
  schema: { type: 'string', enum: transports },
}

function parametersOf({ path = {}, query, transport }: Description): Json[] {
  const inQuery = Object.entries(query?.schema.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: isRequired(schema as z.ZodMiniType),
    description: query?.notes[name] ?? '',
    schema: schemaOf(schema as z.ZodMiniType),
  }))
  const inHeader = transport ? [TRANSPORT] : []
  const inPath = Object.entries(path).map(([name, { schema, note }]): Json => {
    return { name, in: 'path', required: true, description: note, schema: schemaOf(schema) }
  })
  return [...inPath, ...inQuery, ...inHeader]
}

const isRequired = (schema: z.ZodMiniType): boolean => !schema.safeParse(undefined).success

function requestBody({ form, required, schemas, examples }: RequestBody): Json {
  const media = {
    schema: schemas.length > 1 ? { anyOf: schemas.map(refTo) } : refTo(schemas[0]),
    examples: Object.fromEntries(
      Object.entries(examples).map(([name, value]) => [name, { value }]),
    ),
  }
  return { required, content: Object.fromEntries(MEDIA_TYPES[form].map((type) => [type, media])) }
}
