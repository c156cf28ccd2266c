/** Owns the bodies and queries that an operation is sent: from its schema, and then with one thing or everything wrong. */

import fc, { type Arbitrary } from 'fast-check'
import { refreshText, spoiltAccess, ticketText } from './credentials.ts'
import type { BodyRecipe } from './recipe.ts'
import { almost, type FieldSchema, fitting, fittingText, MARK, oddJson, oddText } from './values.ts'

export interface ObjectSchema {
  properties: Record<string, FieldSchema>
  required?: string[]
}

/** A name and its value as JSON; a name may come twice. */
type Field = [name: string, json: string]

const text = (value: string): string => JSON.stringify(value)
const texts = (...values: string[]): Arbitrary<string> => fc.constantFrom(...values.map(text))

/** Fields whose right value the schema alone cannot know. */
const RIGHT: Record<string, Arbitrary<string>> = {
  email: texts(`${MARK}-*fresh*@example.com`, '*email.person*', `${MARK}-*fresh*@EXAMPLE.com`),
  password: texts('*password*', '*password*', `${MARK} is long enough`),
  current_password: texts('*password*', '*password*', MARK),
  refresh_token: refreshText.map(text),
  ticket: ticketText.map(text),
  token: fc
    .oneof(fc.constantFrom('*access.person*', '*access.service*'), refreshText, spoiltAccess)
    .map(text),
  id: texts('*uuid*'),
  client_id: texts('spa', 'api', MARK),
  client_secret: texts(MARK),
}

/** Mostly left out: few bodies with one of these would be right. */
const RARE = ['client_id', 'client_secret', 'ban_duration', 'id']

/** Query parameters that a right query leaves out: the body names the grant, and lists of other times than now are not kept. */
const LEFT_OUT = ['grant_type', 'time']

const rightField = (name: string, schema: FieldSchema): Arbitrary<string> =>
  RIGHT[name] ?? fitting(schema)

function rightFields({ properties, required = [] }: ObjectSchema): Arbitrary<Field[]> {
  if (properties.grant_type) {
    const { grant_type: _, ...others } = properties
    const grant = text('refresh_token' in properties ? 'refresh_token' : 'password')
    const known: Field[] = 'email' in properties ? [['email', text('*email.person*')]] : []
    return fc
      .tuple(rightFields({ properties: others, required }), fc.nat(3))
      .map(([fields, chance]) => [
        ['grant_type', grant],
        ...(chance > 0 ? [...fields.filter(([name]) => name !== 'email'), ...known] : fields),
      ])
  }
  const each = Object.entries(properties).map(([name, schema]) =>
    fc
      .tuple(fc.nat(99), rightField(name, schema))
      .map(([chance, json]): Field[] =>
        required.includes(name) || chance > (RARE.includes(name) ? 95 : 60) ? [[name, json]] : [],
      ),
  )
  return fc.tuple(...each).map((fields) => fields.flat())
}

/** Right fields with one thing wrong: a bad value, a field missing, or one too many. */
function nearlyRight(schema: ObjectSchema): Arbitrary<Field[]> {
  const names = Object.keys(schema.properties)
  const name = fc.constantFrom(...names)
  const wrong = name.chain((name) =>
    fc
      .oneof(oddJson, almost(schema.properties[name] ?? {}).map(text))
      .map((json): [string, string] => [name, json]),
  )
  const extra = fc.tuple(
    fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', '', 'then'), oddText),
    oddJson,
  )
  return fc.oneof(
    fc
      .tuple(rightFields(schema), wrong)
      .map(([fields, field]) => [...fields.filter(([name]) => name !== field[0]), field]),
    fc
      .tuple(rightFields(schema), name)
      .map(([fields, gone]) => fields.filter(([name]) => name !== gone)),
    fc
      .tuple(rightFields(schema), fc.oneof(wrong, extra))
      .map(([fields, more]) => [...fields, more]),
  )
}

const asJson = (fields: Field[]): string =>
  `{${fields.map(([name, json]) => `${text(name)}:${json}`).join(',')}}`

const asForm = (fields: Field[]): string =>
  new URLSearchParams(
    fields.map(([name, json]): [string, string] => [
      name,
      json.startsWith('"') ? JSON.parse(json) : json,
    ]),
  ).toString()

export interface Sent {
  body: BodyRecipe | null
  type: string | null
}

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

const oddTypes = fc.constantFrom(
  null,
  '',
  `text/plain;${MARK}`,
  `${MARK}/json`,
  'application/json; charset=utf-16',
  `application/json; charset=${MARK}`,
  'APPLICATION/JSON ; charset="utf-8"',
  'application/json, text/html',
  'application/x-www-form-urlencoded; charset=latin1',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'application/x-ndjson',
)

const anyBytes: Arbitrary<BodyRecipe> = fc
  .uint8Array({ maxLength: 200 })
  .map((bytes) => ({ base64: btoa(String.fromCharCode(...bytes)) }))

const garbage: Arbitrary<BodyRecipe> = fc.oneof(
  anyBytes,
  oddJson.map((text) => ({ text })),
  oddText.map((text) => ({ text })),
  fc.constantFrom(
    { text: '' },
    { text: '{' },
    { text: `{"email":"${MARK}` },
    { text: '\ufeff{}' },
    { text: `{"email":"${MARK}",}` },
    { text: `/* ${MARK} */ {}` },
    { text: `${MARK}=%zz&%=%&&=&=${MARK}&grant_type=password` },
    { text: 'token=a&token=b' },
  ),
  fc
    .tuple(fc.constantFrom('[', '{"a":', `${MARK}&`, ' ', '\0'), fc.constantFrom(500, 7000, 70_000))
    .map(([text, times]) => ({ text, times })),
)

/** What an operation without a body is sent all the same, now and then. */
export const uninvited: Arbitrary<Sent> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ body: null, type: null }) },
  {
    weight: 1,
    arbitrary: fc.record({ body: garbage, type: fc.constantFrom(JSON_TYPE, FORM_TYPE, null) }),
  },
)

export function bodies(content: Record<string, ObjectSchema[]>): Arbitrary<Sent> {
  const written = (make: (schema: ObjectSchema) => Arbitrary<Field[]>): Arbitrary<Sent> =>
    fc.oneof(
      ...Object.entries(content).flatMap(([type, schemas]) =>
        schemas.map((schema) =>
          make(schema).map((fields) => ({
            body: { text: type === JSON_TYPE ? asJson(fields) : asForm(fields) },
            type,
          })),
        ),
      ),
    )
  const types = fc.constantFrom<(string | null)[]>(...Object.keys(content))
  const streamed = ({ body, type }: Sent): Sent => ({
    body: body && { ...body, streamed: true },
    type,
  })
  const broken = ({ body, type }: Sent): Sent => ({ body: body && { ...body, broken: true }, type })
  return fc.oneof(
    { weight: 11, arbitrary: written(rightFields) },
    { weight: 8, arbitrary: written(nearlyRight) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(written(rightFields), oddTypes)
        .map(([{ body }, type]) => ({ body, type })),
    },
    { weight: 3, arbitrary: fc.record({ body: garbage, type: types }) },
    { weight: 1, arbitrary: written(nearlyRight).map(streamed) },
    { weight: 1, arbitrary: written(rightFields).map(broken) },
    { weight: 1, arbitrary: fc.constant({ body: null, type: JSON_TYPE }) },
  )
}

/** A query as it is written, with its question mark; empty for none. */
export function queries(parameters: { name: string; schema: FieldSchema }[]): Arbitrary<string> {
  const pair = (name: string, value: string) => `${encode(name)}=${encode(value)}`
  const one = (parameter: (typeof parameters)[number], make: typeof almost) =>
    make(parameter.schema).map((value) => pair(parameter.name, value))
  const fittingValue = (schema: FieldSchema): Arbitrary<string> =>
    schema.type === 'integer' ? fitting(schema) : fittingText(schema)
  const right = parameters.map((parameter) =>
    LEFT_OUT.includes(parameter.name)
      ? fc.constant('')
      : fc.option(one(parameter, fittingValue), { nil: '' }),
  )
  const wrong = parameters.flatMap((parameter) => [
    one(parameter, almost),
    oddText.map((value) => pair(parameter.name, value)),
    fc.constantFrom(
      `${parameter.name}=`,
      parameter.name,
      `${parameter.name}[]=1`,
      `${parameter.name}=%zz`,
    ),
  ])
  const odd = fc.oneof(
    fc.constantFrom(
      '',
      '&&',
      '=',
      `${MARK}`,
      '%',
      `%00=${MARK}`,
      '__proto__=1',
      'access_token=*access.person*',
    ),
    oddText.map((value) => pair(MARK, value)),
  )
  const joined = fc.tuple(...right).map((parts) => parts.filter((part) => part !== ''))
  return fc
    .oneof(
      { weight: 6, arbitrary: joined },
      {
        weight: 3,
        arbitrary: fc
          .tuple(joined, fc.oneof(odd, ...wrong))
          .map(([parts, more]) => [...parts, more]),
      },
    )
    .map((parts) => (parts.length === 0 ? '' : `?${parts.join('&')}`))
}

/** As encodeURIComponent, but takes lone surrogates. Places such as `*access.person*` stay as they are. */
const encode = (value: string): string => encodeURIComponent(value.toWellFormed())
