/** Owns the requests that are sent: for every operation of the document, and for paths and methods near it. Sends nothing. */

import fc, { type Arbitrary } from 'fast-check'
import document from '../../src/contract/openapi.json' with { type: 'json' }
import { type OperationId, operations } from '../../src/contract/operations.ts'
import { resolve } from '../support/conformance.ts'
import { authorization, refreshText } from './credentials.ts'
import { bodies, type ObjectSchema, queries, uninvited } from './fields.ts'
import type { Recipe } from './recipe.ts'
import { almost, type FieldSchema, MARK, oddHeaderText, oddText } from './values.ts'

interface DocumentedOperation {
  operationId: OperationId
  parameters?: { name: string; in: string; schema: FieldSchema }[]
  requestBody?: { content: Record<string, { schema: ObjectSchema & { anyOf?: object[] } }> }
}

const documented = Object.entries(
  document.paths as unknown as Record<string, Record<string, DocumentedOperation>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    ...operation,
  })),
)

export const ids = documented.map(({ operationId }) => operationId)

/** The place for the `{id}` of a path. */
const idFor = (path: string): string =>
  path.startsWith('/sessions')
    ? '*session.person*'
    : path.startsWith('/admin')
      ? '*user.victim*'
      : '*list.person*'

/** A path with places for its ids. */
const named = (path: string): string =>
  path.replace('{id}', idFor(path)).replace('{session}', '*session.victim*')

const oddId = (path: string): Arbitrary<string> =>
  fc.oneof(
    fc.uuid(),
    fc.constantFrom(
      idFor(path).replace(/\*$/, '.upper*'),
      '%00',
      '%zz',
      '%c0%ae',
      '%2e%2e',
      '..',
      `..%2f${MARK}`,
      `${MARK};a=b`,
      '%',
      '%25',
      '%E2%82',
      '-1',
      'logout',
      '__proto__',
      '*access.person*',
    ),
    almost({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$' }).map(
      (text) => encodeURIComponent(text),
    ),
    oddText.map((text) => encodeURIComponent(text.toWellFormed())),
  )

const own = 'https://auth.example.com'
const header = (name: string, value: Arbitrary<string>): Arbitrary<[string, string]> =>
  value.map((text) => [name, text])

const cookie: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: refreshText.map((text) => `a=b; __Host-curfew-refresh=${text}`) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      oddHeaderText,
      oddHeaderText.map((text) => `__Host-curfew-refresh=${text}`),
      fc.constantFrom(
        '__Host-curfew-refresh=%zz',
        '__Host-curfew-refresh="*refresh.person*"',
        '__Host-curfew-refresh=; __Host-curfew-refresh=*refresh.person*',
      ),
    ),
  },
)

/** Headers that a browser sends for a page. */
const browser: Arbitrary<[string, string][]> = fc.oneof(
  {
    weight: 3,
    arbitrary: cookie.map((text): [string, string][] => [
      ['X-Curfew-Transport', 'cookie'],
      ['Origin', own],
      ['Sec-Fetch-Site', 'same-origin'],
      ['Cookie', text],
    ]),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      header(
        'X-Curfew-Transport',
        fc.oneof(fc.constantFrom('cookie', 'session-cookie', '', 'Cookie'), oddHeaderText),
      ),
      header(
        'Origin',
        fc.oneof(
          fc.constantFrom(own, 'https://app.example.com', 'null', 'https://evil.example', ''),
          oddHeaderText,
        ),
      ),
      header(
        'Sec-Fetch-Site',
        fc.oneof(fc.constantFrom('same-origin', 'same-site', 'cross-site', 'none'), oddHeaderText),
      ),
      header('Cookie', cookie),
    ),
  },
)

const oddHeader: Arbitrary<[string, string]> = fc.oneof(
  header(
    'X-Request-Id',
    fc.oneof(
      fc.constantFrom('abcdefgh', `${MARK}-0123456789`, 'short', 'x'.repeat(65)),
      oddHeaderText,
    ),
  ),
  header(
    'User-Agent',
    fc.oneof(
      fc.constantFrom('Mozilla/5.0 (X11; Linux) Firefox/140.0', `${MARK}/1.0`),
      oddHeaderText,
    ),
  ),
  header('If-None-Match', fc.oneof(fc.constantFrom('*', 'W/"x"', '"'), oddHeaderText)),
  header(
    'Accept-Encoding',
    fc.oneof(fc.constantFrom('gzip', 'gzip;q=0', 'GZIP ; Q=1', '*'), oddHeaderText),
  ),
  header(
    'Access-Control-Request-Headers',
    fc.oneof(fc.constant('x-curfew-transport'), oddHeaderText),
  ),
  header('Access-Control-Request-Method', oddHeaderText),
  header('CF-Connecting-IP', fc.oneof(fc.ipV4(), fc.ipV6(), oddHeaderText)),
  header('Accept', oddHeaderText),
  header('X-Forwarded-For', oddHeaderText),
  header('X-HTTP-Method-Override', fc.constantFrom('DELETE', MARK)),
  header('Content-Encoding', fc.constantFrom('gzip', MARK)),
  header('Origin', fc.oneof(fc.constant('https://app.example.com'), oddHeaderText)),
  header(`X-${MARK}`, oddHeaderText),
)

const headersFor = (takesCookie: boolean): Arbitrary<[string, string][]> =>
  fc
    .tuple(
      fc.oneof(
        { weight: takesCookie ? 4 : 19, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: browser },
      ),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 2, arbitrary: fc.array(oddHeader, { minLength: 1, maxLength: 3 }) },
      ),
    )
    .map((lists) => lists.flat())

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND', 'PURGE']

function requestsOf({
  path,
  method,
  operationId,
  parameters = [],
  requestBody,
}: (typeof documented)[number]) {
  const of = (place: string) => parameters.filter((parameter) => parameter.in === place)
  const content = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => {
    const { anyOf = [schema] } = resolve(schema)
    return [type, anyOf.map((one) => resolve(one) as ObjectSchema)] as const
  })
  const target = fc.oneof(
    { weight: 12, arbitrary: fc.constant(named(path)) },
    {
      weight: path.includes('{id}') ? 6 : 0,
      arbitrary: oddId(path).map((id) => named(path.replace(/\{\w+\}(?!.*\{)/, id))),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom(`/${MARK}`, '/', '//', '/..', '%2f', '.json', '%20', `;${MARK}`),
          fc.boolean(),
        )
        .map(([more, isBefore]) =>
          named(isBefore ? more + path : path + more).replace(/^(?!\/)/, '/'),
        ),
    },
  )
  return fc
    .record({
      method: fc.oneof(
        { weight: 24, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      target: fc.tuple(target, queries(of('query'))).map((parts) => parts.join('')),
      authorization: authorization(operations[operationId].caller),
      headers: headersFor(of('header').length > 0),
      sent: content.length > 0 ? bodies(Object.fromEntries(content)) : uninvited,
    })
    .map(({ method, target, authorization, headers, sent: { body, type } }): Recipe => {
      const all: [string, string][] = [
        ...(authorization === null ? [] : [['Authorization', authorization] as [string, string]]),
        ...(type === null ? [] : [['Content-Type', type] as [string, string]]),
        ...headers,
      ]
      // A Request with GET or HEAD may have no body.
      return {
        method,
        target,
        headers: all,
        body: method === 'GET' || method === 'HEAD' ? null : body,
      }
    })
}

/** Every operation as often as any other. */
export const requests: Arbitrary<Recipe> = fc.oneof(...documented.map(requestsOf))

const patterns = documented
  .map(({ path, method, operationId }) => ({
    method,
    operationId,
    isFixed: !path.includes('{'),
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }))
  .toSorted((one, other) => Number(other.isFixed) - Number(one.isFixed))

/** The operation that a request is for, and the methods that its path has. */
export function meant(
  method: string,
  pathname: string,
): { id: OperationId | null; methods: string[] } {
  const here = patterns.filter(({ pattern }) => pattern.test(pathname))
  const asked = method === 'HEAD' ? 'GET' : method
  return {
    id: here.find((one) => one.method === asked)?.operationId ?? null,
    methods: here.map(({ method }) => method),
  }
}
