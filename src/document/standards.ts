/** Owns what the document says of the standard OAuth endpoints, and of the service itself. */

import * as z from 'zod/mini'
import { statusListId } from '../contract/bodies.ts'
import { JSON_TYPE, SIGNED_LIST_TYPE } from '../contract/media-types.ts'
import type { OperationId } from '../contract/operations.ts'
import { PUBLIC_MAX_AGE, STATUS_LIST_TTL } from '../domain/policy.ts'
import type { Description } from './description.ts'
import {
  accessToken,
  authorizationServer,
  ids,
  introspected,
  keys,
  refreshToken,
} from './examples.ts'

/** Cache-Control of what is the same for all and rarely changes, and of a status list: a quarter of its life. */
const CACHE = `public, max-age=${PUBLIC_MAX_AGE}`
const LIST_CACHE = `public, max-age=${Math.floor(STATUS_LIST_TTL / 4)}`
/** Cache-Control of a file that is deployed with the Worker, unless its `_headers` say otherwise. */
const FILE_CACHE = 'public, max-age=0, must-revalidate'
/** The pages of all origins may read what is the same for all. */
const FOR_ALL = ['Access-Control-Allow-Origin'] as const
const SECRET = `client_id=my-api&client_secret=…`

export const standardOperations = {
  revoke: {
    tag: 'OAuth',
    summary: 'Give up a token (RFC 7009)',
    description:
      'An access token ends alone, or with its session when its status list names too many such tokens. A refresh token ends its session, whichever of its generations it is. A token that we did not issue, or that no longer works, also gets a 200.',
    body: {
      form: 'form',
      required: true,
      schemas: ['PresentedToken'],
      examples: { refresh: { token: refreshToken, token_type_hint: 'refresh_token' } },
    },
    answers: {
      200: {
        description: 'The token does not work.',
        content: { type: JSON_TYPE, schema: 'Empty', examples: { empty: {} } },
      },
    },
    refusals: ['token_foreign'],
    faults: ['revoke'],
  },
  introspect: {
    tag: 'OAuth',
    summary: 'Ask whether a token works and whose it is (RFC 7662)',
    description: `For clients with a secret, by HTTP Basic or in the body (\`${SECRET}\`). A refresh token is active to its own client only.`,
    body: {
      form: 'form',
      required: true,
      schemas: ['PresentedToken'],
      examples: { access: { token: accessToken } },
    },
    answers: {
      200: {
        description: 'What is known of the token; if it does not work, only that.',
        content: {
          type: JSON_TYPE,
          schema: 'Introspection',
          examples: { works: introspected, doesNot: { active: false } },
        },
      },
    },
    faults: ['read'],
  },
  metadata: {
    tag: 'OAuth',
    summary: "The service's metadata (RFC 8414)",
    answers: {
      200: {
        description: 'The metadata of this authorization server.',
        content: {
          type: JSON_TYPE,
          schema: 'AuthorizationServer',
          examples: { metadata: authorizationServer },
        },
        cache: CACHE,
        headers: FOR_ALL,
      },
    },
  },
  jwks: {
    tag: 'OAuth',
    summary: 'The public keys (RFC 7517)',
    description: 'Old keys stay until their last token has expired.',
    answers: {
      200: {
        description: 'The keys.',
        content: { type: JSON_TYPE, schema: 'Keys', examples: { keys } },
        cache: CACHE,
        headers: FOR_ALL,
      },
    },
  },
  statusList: {
    tag: 'OAuth',
    summary: 'Which sessions have ended (OAuth Token Status List)',
    description:
      'A signed list with one bit per session, for verifiers that do not ask us. A token names its list and its bit in its `status` claim. A token that was revoked alone has no bit: its `jti` is in the private member `revoked_tokens`, which must be checked too. `If-None-Match` is supported.',
    path: {
      id: {
        schema: statusListId,
        note: `From the token's \`status\` claim, such as \`${ids.list}\`.`,
      },
    },
    query: {
      schema: z.object({ time: z.optional(z.string()) }),
      notes: { time: 'Not supported: only the current list is kept.' },
    },
    answers: {
      200: {
        description:
          'The list as a JWT. It may be relied on until its `exp`; its `ttl` says after how many seconds to ask for a newer one.',
        content: {
          type: SIGNED_LIST_TYPE,
          schema: 'text',
          examples: { list: 'eyJhbGciOiJFUzI1NiIsInR5cCI6InN0YXR1c2xpc3Qrand0In0.e30.c2ln' },
        },
        cache: LIST_CACHE,
        headers: [...FOR_ALL, 'ETag', 'Vary', 'Content-Encoding'],
      },
      304: {
        description: 'Not modified.',
        cache: LIST_CACHE,
        headers: [...FOR_ALL, 'ETag', 'Vary'],
      },
    },
    refusals: ['path_unknown', 'history_unknown'],
    faults: ['read'],
  },
  home: {
    tag: 'Service',
    summary: 'A page for people',
    description:
      'Without a base path this is a file, the page that is deployed with the service: it has no `X-Request-Id`, and a cache may keep it, if it checks each time whether it has changed. Under a base path, and in an app that mounts this one, the service itself answers, with an `X-Request-Id` and `no-store`.',
    answers: {
      200: {
        description: 'The front page.',
        cache: FILE_CACHE,
        mayBeFile: true,
        content: { type: 'text/html', schema: 'text', examples: { page: '<!doctype html>' } },
        headers: ['Cross-Origin-Opener-Policy'],
      },
    },
  },
  health: {
    tag: 'Service',
    summary: 'Whether the service works',
    answers: {
      200: {
        description: 'The service is healthy.',
        content: {
          type: JSON_TYPE,
          schema: 'Health',
          examples: { well: { status: 'ok', version: '1f6a2c', redis: 'reachable' } },
        },
      },
      503: {
        description:
          'Redis cannot be reached, or refuses what this service asks of it: its token is wrong, or Redis is full or read-only. The log says why.',
        content: {
          type: JSON_TYPE,
          schema: 'Health',
          examples: {
            ill: { status: 'unavailable', version: '1f6a2c', redis: 'unreachable' },
            misconfigured: { status: 'unavailable', version: '1f6a2c', redis: 'refused' },
          },
        },
      },
    },
  },
  openApi: {
    tag: 'Service',
    summary: 'This document',
    answers: {
      200: {
        description: 'OpenAPI 3.1.',
        content: {
          type: JSON_TYPE,
          schema: 'OpenApi',
          examples: { start: { openapi: '3.1.1', info: { title: 'Curfew' }, paths: {} } },
        },
        cache: CACHE,
        headers: FOR_ALL,
      },
    },
  },
} satisfies Partial<Record<OperationId, Description>>
