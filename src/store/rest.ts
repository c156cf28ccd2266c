/** Owns HTTP to Upstash: one request for the commands of a tick, time limit, second attempt. Never knows a key or a script. */

import { JSON_TYPE } from '../contract/media-types.ts'
import { type FaultKind, StoreFault } from '../domain/fault.ts'
import type { ReadConsistency } from '../domain/liveness.ts'
import { openTimeLimit } from './time-limit.ts'

export interface RestOptions {
  url: string
  token: string
  /** Milliseconds that one request may take, as time-limit.ts counts them. */
  timeout: number
  /** With 'replica', the newest answer's sync token is kept, so that sendToNearest asks for a replica that has heard of it. */
  readConsistency: ReadConsistency
  /** @default the runtime's */
  fetch?: typeof fetch | undefined
}

export interface Rest {
  /** The command's answer as JSON has it. Throws a StoreFault, or a CommandError. Commands of one tick leave in one request. */
  send(command: readonly string[]): Promise<unknown>
  /** As send, in a request of its own, and never sent twice: a connection that broke is 'unreachable' at once. */
  sendOnce(command: readonly string[]): Promise<unknown>
  /** As send, in a request of its own: texts come in base64, since JSON cannot hold every byte. */
  sendForBase64(command: readonly string[]): Promise<unknown>
  /** As send, in a request of its own. The nearest replica may answer, after it has caught up by the kept sync token. */
  sendToNearest(command: readonly string[]): Promise<unknown>
}

/** Redis was reached and refused this one command. The message may hold keys and values: only its code may leave store/. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** Such as WRONGTYPE: by the custom of Redis the first word, in capitals. '' when there is none. */
  get code(): string {
    return /^[A-Z]{2,20}(?= )/.exec(this.message)?.[0] ?? ''
  }
}

const SENTENCES: Record<FaultKind, string> = {
  timeout: 'Redis did not answer in time',
  unreachable: 'Redis could not be reached',
  answer: 'Redis answered with an error, or with what is no answer to the question',
}

const fault = (kind: FaultKind, hint = ''): StoreFault =>
  new StoreFault(kind, SENTENCES[kind], hint)
export const wrongShape = (hint = ''): StoreFault => fault('answer', hint)

const RETRY_PAUSE_MS = 50
/** Sent back, it makes a replica catch up with its answer first (https://upstash.com/docs/redis/howto/readyourwrites). */
const SYNC_TOKEN = 'upstash-sync-token'

/** The commands of one tick. */
interface Batch {
  commands: (readonly string[])[]
  answers: Promise<unknown[]>
}

export function openRest({ url, token, timeout, readConsistency, ...own }: RestOptions): Rest {
  const call: typeof fetch = own.fetch ?? ((input, init) => fetch(input, init))
  const pipeline = `${url.replace(/\/$/, '')}/pipeline`
  const fields = { Authorization: `Bearer ${token}`, 'Content-Type': JSON_TYPE }
  const plain = new Headers(fields)
  const base64 = new Headers({ ...fields, 'Upstash-Encoding': 'base64' })
  let synced = ''

  /** https://upstash.com/docs/redis/features/restapi#pipelining: a list of commands, answered by a list of results and errors. */
  async function ask(
    commands: (readonly string[])[],
    headers: Headers,
    attempts: Attempts = 'twice',
  ): Promise<unknown[]> {
    const body = JSON.stringify(commands)
    const { signal, end } = openTimeLimit(timeout)
    // Another host must not be sent what was meant for this one.
    const request = { method: 'POST', headers, body, redirect: 'manual', signal } as const
    try {
      const response = await reach(() => call(pipeline, request), signal, attempts)
      const answers = await answersOf(response, signal)
      if (answers.length !== commands.length) throw wrongShape()
      if (readConsistency === 'replica') synced = response.headers.get(SYNC_TOKEN) ?? synced
      return answers
    } finally {
      end()
    }
  }

  const askAlone = async (command: readonly string[], headers: Headers, attempts?: Attempts) =>
    resultOf((await ask([command], headers, attempts))[0])

  let gathering: Batch | null = null
  async function leave(commands: Batch['commands']): Promise<unknown[]> {
    // Wait for two promise steps: commands that other promises of this tick send meanwhile still join the batch.
    await null
    await null
    gathering = null
    return ask(commands, plain)
  }
  const begin = (): Batch => {
    const commands: Batch['commands'] = []
    return { commands, answers: leave(commands) }
  }

  return {
    async send(command) {
      gathering ??= begin()
      const { commands, answers } = gathering
      const place = commands.push(command) - 1
      return resultOf((await answers)[place])
    },
    sendOnce: (command) => askAlone(command, plain, 'once'),
    sendForBase64: (command) => askAlone(command, base64),
    sendToNearest: (command) => askAlone(command, new Headers({ ...fields, [SYNC_TOKEN]: synced })),
  }
}

type Attempts = 'once' | 'twice'

/**
 * A connection that broke is worth one more try, within the same time limit: every script of ours is safe to repeat by
 * itself. Only a limiter's script then counts the call twice, if the first answer was lost.
 */
async function reach(
  call: () => Promise<Response>,
  signal: AbortSignal,
  attempts: Attempts,
): Promise<Response> {
  try {
    return await call()
  } catch {
    if (signal.aborted) throw fault('timeout')
    if (attempts === 'once') throw fault('unreachable')
  }
  await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS))
  try {
    return await call()
  } catch {
    throw fault(signal.aborted ? 'timeout' : 'unreachable')
  }
}

async function answersOf(response: Response, signal: AbortSignal): Promise<unknown[]> {
  const text = await response.text().catch(() => {
    throw fault(signal.aborted ? 'timeout' : 'unreachable')
  })
  if (!response.ok) throw wrongShape(String(response.status))
  const answers = parseJson(text)
  if (!Array.isArray(answers)) throw wrongShape()
  return answers
}

/** What Redis holds or answers as JSON. Anything else is a StoreFault. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrongShape()
  }
}

function resultOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) throw wrongShape()
  if ('error' in answer && answer.error) throw new CommandError(String(answer.error))
  if (!('result' in answer)) throw wrongShape()
  return answer.result
}
