/** Owns the sending of one recipe to the real app, with its answer and log lines, and the people that it uses up. */

import { Buffer } from 'node:buffer'
import type { OperationId } from '../../src/contract/operations.ts'
import { brokenBody } from '../support/broken-body.ts'
import { judge, type Verdict } from './judge.ts'
import type { BodyRecipe, Recipe } from './recipe.ts'
import type { Filled, World } from './world.ts'

/** Milliseconds; the service itself ends a request after 2.9 s. */
const ANSWER_WITHIN = 5000
/** After these operations, the people whom the request named may have no session, no account or other tokens. */
const ENDINGS: OperationId[] = [
  'token',
  'revoke',
  'logout',
  'logoutAll',
  'endSession',
  'changeUser',
  'deleteUser',
  'changeUserById',
  'deleteUserById',
  'endUserSession',
  'endUserSessions',
]

export interface Outcome extends Verdict {
  status: number
  ms: number
}

/** `printed`: what was written past the log until now. It is judged too, and emptied. */
export async function exchange(world: World, recipe: Recipe, printed: string[]): Promise<Outcome> {
  const { street } = world
  const filled = world.beginFilling()
  const { request, bodyText } = await requestOf(recipe, filled)
  await street.settled()
  street.logs.length = 0
  const headers = new Headers(request.headers)
  const { method } = request
  const { pathname } = new URL(request.url)

  const began = performance.now()
  const answer = await inTime(
    (async () => {
      const response = await street.fetch(request)
      const text = new TextDecoder().decode(await response.arrayBuffer())
      return { status: response.status, headers: response.headers, text }
    })(),
  )
  const ms = performance.now() - began
  await street.settled()

  const isBroken = recipe.body?.broken ?? false
  const verdict = judge({
    request: { method, pathname, headers, bodyText, secrets: filled.secrets, isBroken },
    answer: unzipped(answer),
    logs: [...street.logs],
    printed: printed.splice(0),
    isAlive: world.isAlive,
  })
  const { status } = answer
  // The use of a stale refresh token ends its session, whatever is answered.
  if (filled.who.has('stale')) world.spend(['stale'])
  if (status < 300 && verdict.id && ENDINGS.includes(verdict.id)) {
    world.spend(filled.who)
    if (!(await world.bystanderIsIn())) verdict.complaints.push('the bystander was signed out')
  }
  if (status < 300 && verdict.id === 'endEveryone') await world.endEveryone()
  return { ...verdict, status, ms }
}

async function requestOf(
  recipe: Recipe,
  { fill }: Filled,
): Promise<{ request: Request; bodyText: string }> {
  const headers = new Headers()
  for (const [name, value] of recipe.headers) headers.append(name, await fill(value))
  if (!headers.has('CF-Connecting-IP')) headers.set('CF-Connecting-IP', '203.0.113.7')
  const bytes = recipe.body && (await bytesOf(recipe.body, fill))
  const request = new Request(`https://auth.example.com${await fill(recipe.target)}`, {
    method: recipe.method,
    headers,
    ...(bytes && recipe.body ? { body: sentAs(recipe.body, bytes) } : {}),
  })
  // The body goes as bytes: to a text the runtime would add a Content-Type by itself.
  return { request, bodyText: bytes ? new TextDecoder().decode(bytes) : '' }
}

function sentAs({ streamed, broken }: BodyRecipe, bytes: Uint8Array): BodyInit {
  if (broken) return brokenBody(new TextDecoder().decode(bytes))
  return streamed ? streamOf(bytes) : bytes
}

async function bytesOf(
  { text = '', base64, times = 1 }: BodyRecipe,
  fill: Filled['fill'],
): Promise<Uint8Array> {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  return new TextEncoder().encode((await fill(text)).repeat(times))
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      const middle = bytes.length >> 1
      controller.enqueue(bytes.subarray(0, middle))
      controller.enqueue(bytes.subarray(middle))
      controller.close()
    },
  })

async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  const clock = Promise.withResolvers<never>()
  const alarm = setTimeout(
    () => clock.reject(new Error(`There was no answer within ${ANSWER_WITHIN} ms.`)),
    ANSWER_WITHIN,
  )
  try {
    return await Promise.race([work, clock.promise])
  } finally {
    clearTimeout(alarm)
  }
}

/** Puts a word in the place of a gzipped body, since judge() reads texts. Only signed lists are gzipped; a HEAD's has no body. */
function unzipped<Answer extends { headers: Headers; text: string }>(answer: Answer): Answer {
  const isZipped = answer.headers.get('Content-Encoding') === 'gzip' && answer.text !== ''
  return isZipped ? { ...answer, text: 'zipped' } : answer
}
