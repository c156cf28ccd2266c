/** The document by itself: that it speaks of exactly what is there, and that what it says of requests is what is checked. */

import { describe, expect, test } from 'vitest'
import document from '../../src/contract/openapi.json' with { type: 'json' }
import { operations } from '../../src/contract/operations.ts'
import { openApiDocument } from '../../src/document/document.ts'
import { misfits, operationOf, resolve } from '../support/conformance.ts'
import { openStreet } from '../support/street.ts'

const street = await openStreet()
const spelled = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

test('is up to date with what it is made of', () => {
  expect(document, 'run `npm run openapi`').toEqual(openApiDocument(document.info.version))
})

test('every route is an operation, and every operation a route', () => {
  const routes = street.app.routes.filter(({ method }) => method !== 'ALL').map(spelled)
  expect(new Set(routes)).toEqual(new Set(Object.values(operations).map(spelled)))
})

test('every operation is described, and nothing else', () => {
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) =>
      spelled({ method: method.toUpperCase(), path: path.replace(/\{(\w+)\}/g, ':$1') }),
    ),
  )
  expect(new Set(described)).toEqual(new Set(Object.values(operations).map(spelled)))
})

test('each route has the step in front that its operation names as its caller', () => {
  const steps = {
    person: 'requirePerson',
    operator: 'requireOperator',
    holder: 'requireLogoutProof',
  }
  for (const operation of Object.values(operations)) {
    const named = street.app.routes
      .filter((route) => spelled(route) === spelled(operation))
      .map(({ handler }) => handler.name)
    for (const [caller, step] of Object.entries(steps))
      expect(named.includes(step), `${spelled(operation)} ${step}`).toBe(
        operation.caller === caller,
      )
  }
})

test('no generator of clients gives two things one name', () => {
  const word = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)
  const choices = Object.keys(operations).flatMap((id) =>
    (operationOf(id).parameters ?? []).map(({ name }) => word(id) + word(name)),
  )
  const fields = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
    Object.keys('properties' in schema ? schema.properties : {}).map((field) => name + word(field)),
  )
  expect(choices.filter((name) => fields.includes(name))).toEqual([])
})

test('every example fits its schema', () => {
  for (const id of Object.keys(operations)) {
    const { requestBody, responses } = operationOf(id)
    const answers = Object.values(responses).map((response) => resolve(response))
    for (const { content } of [...(requestBody ? [requestBody] : []), ...answers])
      for (const { schema, examples } of Object.values(content ?? {}))
        for (const [name, example] of Object.entries(examples)) {
          const { value } = resolve<{ value: unknown }>(example)
          expect(misfits(schema, value), `${id} ${name}`).toEqual([])
        }
  }
})

test('the server is where this service is reached', async () => {
  const mounted = await openStreet({ env: { BASE_PATH: '/auth/v1' } })
  const { status, body, headers } = await mounted.call('GET', '/auth/v1/openapi.json')
  expect(status).toBe(200)
  expect(body.servers).toEqual([{ url: 'https://auth.example.com/auth/v1' }])
  expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect({ ...body, servers: document.servers }).toEqual(document)
})

describe('every documented field of a body is one that is read', async () => {
  const bearer = { person: await street.signUp(), operator: await street.serviceToken() }
  for (const [id, { method, path, caller }] of Object.entries(operations)) {
    const media = operationOf(id).requestBody?.content['application/json']
    const [first] = Object.values(media?.examples ?? {})
    if (!media || !first) continue
    // A ticket that is none is as if it were left out; what one does is tried in answers.test.ts.
    if (caller === 'holder') continue
    const variants = media.schema.anyOf ?? [media.schema]
    const token = caller === 'operator' ? bearer.operator : bearer.person.access_token
    const signsIn = caller === 'client' ? {} : { token }
    test.each(variants.map((variant) => [id, variant] as const))('%s', async (_, variant) => {
      const { properties = {} } = resolve<{ properties?: object }>(variant)
      for (const field of Object.keys(properties)) {
        const grant = 'refresh_token' in properties ? 'refresh_token' : 'password'
        const valid = { email: 'x', password: 'x', refresh_token: 'x', grant_type: grant }
        const body = id === 'token' ? valid : { ...Object(first.value) }
        const answer = await street.call(method, path.replace(':id', crypto.randomUUID()), {
          ...signsIn,
          body: { ...body, [field]: [] },
        })
        expect(answer.status, `${field} ${answer.body.msg}`).toBe(422)
        expect(answer.body.msg).toContain(`${field}: `)
      }
    })
  }
})
