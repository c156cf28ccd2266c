/** Owns what must hold for every answer, whatever was asked. Knows no single operation's business. */

import type { Schema } from '@cfworker/json-schema'
import document from '../../src/contract/openapi.json' with { type: 'json' }
import { type OperationId, operations } from '../../src/contract/operations.ts'
import { headersEverywhere } from '../../src/document/headers.ts'
import type { LogLine } from '../../src/http/environment.ts'
import { complaints, misfits } from '../support/conformance.ts'
import { meant } from './requests.ts'
import { MARK } from './values.ts'

export interface Exchange {
  request: {
    method: string
    pathname: string
    headers: Headers
    bodyText: string
    /** Its sender went away in the middle. */
    isBroken: boolean
    secrets: ReadonlySet<string>
  }
  answer: { status: number; headers: Headers; text: string }
  logs: readonly LogLine[]
  printed: readonly string[]
  isAlive: (token: string) => boolean
}

export interface Verdict {
  /** Null where the path or the method is none of the document's. */
  id: OperationId | null
  complaints: string[]
}

export function judge(exchange: Exchange): Verdict {
  const { method, pathname } = exchange.request
  const { id, methods } = meant(method, pathname)
  const found = [
    ...(exchange.answer.status >= 500 ? aboutFailure(exchange, id) : []),
    ...(id === null || method === 'OPTIONS'
      ? aboutNoOperation(exchange, methods)
      : method === 'HEAD'
        ? aboutHead(exchange, id)
        : complaints(id, exchange.answer)),
    ...aboutHalves(exchange),
    ...aboutLog(exchange),
    ...aboutTraces(exchange),
    ...aboutReflection(exchange),
    ...aboutEntrance(exchange, id),
  ]
  return { id, complaints: found }
}

/** Complains of every 5xx, since Redis is there. A 501 is a refusal: lists of other times are not kept. */
function aboutFailure({ answer, logs }: Exchange, id: OperationId | null): string[] {
  if (id === 'statusList' && answer.status === 501) return []
  return [`status ${answer.status}: ${answer.text} ${JSON.stringify(logs)}`]
}

const codeOf = (text: string): string | null => {
  try {
    return Object(JSON.parse(text)).error_code ?? null
  } catch {
    return null
  }
}

function aboutNoOperation({ request, answer }: Exchange, methods: string[]): string[] {
  const { status, headers, text } = answer
  const missing = headersEverywhere.filter((name) => !headers.has(name))
  const found = missing.map((name) => `header ${name} is missing`)
  if (request.method === 'OPTIONS') {
    // A preflight is answered whatever the path is.
    if (status !== 204 || text !== '') found.push(`a preflight got ${status} ${text}`)
    return found
  }
  const expected = methods.length > 0 ? 405 : 404
  // The body is read before the route is looked up, so its own fault (413, or 400 when broken off) may come first.
  if (status !== expected && status !== 413 && !(request.isBroken && status === 400))
    found.push(`no operation is here, and the status is ${status}, not ${expected}`)
  if (status === 405 && !methods.every((name) => headers.get('Allow')?.includes(name)))
    found.push(`Allow is ${headers.get('Allow')}`)
  if (request.method === 'HEAD') return text === '' ? found : [...found, 'HEAD got a body']
  const { Error: schema } = document.components.schemas
  return [...found, ...misfits(schema as Schema, JSON.parse(text))]
}

function aboutHead({ answer }: Exchange, id: OperationId): string[] {
  const { status, text } = answer
  const documented = Object.values(document.paths)
    .flatMap((path) => Object.values<{ operationId: string; responses: object }>(path))
    .find(({ operationId }) => operationId === id)
  return [
    ...(text === '' ? [] : ['HEAD got a body']),
    ...(String(status) in Object(documented?.responses)
      ? []
      : [`status ${status} is not documented`]),
  ]
}

const aboutHalves = ({ request, answer }: Exchange): string[] =>
  request.isBroken && answer.status < 300 && request.method !== 'OPTIONS'
    ? ['half a body was taken for a whole one']
    : []

/** There must be one log line, which says what was answered. */
function aboutLog({ request, answer, logs, printed }: Exchange): string[] {
  const found = printed.map((text) => `printed past the log: ${text}`)
  const [line, ...more] = logs
  if (!line || more.length > 0)
    return [...found, `${logs.length} log lines: ${JSON.stringify(logs)}`]
  const { status, headers, text } = answer
  const code = request.method === 'HEAD' ? line.error_code : codeOf(text)
  const expected = {
    event: 'request',
    level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    request_id: headers.get('X-Request-Id'),
    method: request.method,
    status,
    error_code: code,
  }
  for (const [name, value] of Object.entries(expected))
    if (line[name] !== value) found.push(`the log's ${name} is ${line[name]}, not ${value}`)
  if (status >= 400 && !(line.reason && line.error_code)) found.push('the log gives no reason')
  if (!/^(\/([\w.~-]{0,40}|\*))+$/.test(`${line.path}`) || `${line.path}`.length > 200)
    found.push(`the log's path is ${line.path}`)
  return found
}

const TRACES = [
  /\bat [\w.<>[\] ]+ \(/,
  /\.[cm]?[jt]s:\d+/,
  /node_modules|workerd|file:\/\//,
  /\b[A-Z]\w+Error: /,
]

function aboutTraces({ answer, logs }: Exchange): string[] {
  const said = `${answer.text}\n${JSON.stringify([...answer.headers])}\n${JSON.stringify(logs)}`
  return TRACES.filter((trace) => trace.test(said)).map(
    (trace) => `${trace} is in the answer or log`,
  )
}

/** Fields in which a success may repeat what was sent, since it is stored. */
const KEPT = new Set([
  'email',
  'user_metadata',
  'app_metadata',
  'username',
  'role',
  'device',
  'ip',
  'request_id',
])
const withoutKept = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), (name, value) => (KEPT.has(name) ? undefined : value))
  } catch {
    return text
  }
}

function aboutReflection({ request, answer, logs }: Exchange): string[] {
  const { status, headers, text } = answer
  const brought = request.headers.get('X-Request-Id')
  const accepted = brought && /^[A-Za-z0-9_-]{8,64}$/.test(brought) ? brought : null
  // A Link to the next page repeats the search.
  const told = [...headers].filter(
    ([name, value]) => value !== accepted && !(name === 'link' && status < 300),
  )
  // aboutLog judges the log's path, by a form that has room for names and ids only.
  const lines = logs.map((line) => ({
    ...line,
    path: '',
    request_id: line.request_id === accepted ? '' : line.request_id,
  }))
  const places: [string, string][] = [
    ['the body', status < 300 ? withoutKept(text) : text],
    ['a header', JSON.stringify(told)],
    ['the log', JSON.stringify(lines)],
  ]
  const found = places
    .filter(([, said]) => said.toLowerCase().includes(MARK))
    .map(([place, said]) => `${place} repeats what was sent: ${said.slice(0, 300)}`)
  for (const secret of request.secrets) {
    if (JSON.stringify(logs).includes(secret)) found.push(`the log holds ${secret}`)
    if (status >= 300 && text.includes(secret)) found.push(`the body repeats the secret ${secret}`)
  }
  return found
}

/** Nobody gets in by anything but a token that works. */
function aboutEntrance({ request, answer, isAlive }: Exchange, id: OperationId | null): string[] {
  if (id === null || answer.status >= 300 || request.method === 'OPTIONS') return []
  const { caller } = operations[id]
  if (caller === 'person' || caller === 'operator') {
    const [, token = ''] = request.headers.get('Authorization')?.match(/^bearer +(\S+) *$/i) ?? []
    return isAlive(token) ? [] : [`${id} let in ${request.headers.get('Authorization')}`]
  }
  if (id === 'introspect' && Object(JSON.parse(answer.text)).active) {
    const token = new URLSearchParams(request.bodyText).get('token') ?? ''
    const isAccess = token.includes('.')
    return isAccess && !isAlive(token) ? [`${token} is called active`] : []
  }
  return []
}
