/** Owns the way to Redis: the time limit, the one retry, what counts as a fault, and how a script is sent. Decides nothing. */

import { Redis } from '@upstash/redis'
import { type FaultKind, StoreFault } from '../domain/fault.ts'
import type { Digests } from '../domain/ports.ts'
import type { Script } from './lua.ts'

export interface RedisOptions {
  url: string
  token: string
  /** Milliseconds that one call may take. */
  timeout: number
  digests: Pick<Digests, 'sha1Hex'>
}

/** The client for what is not a script, and the sending of scripts. Make it once per isolate. */
export interface RedisDoor {
  client: Redis
  /** Throws a StoreFault. Calls of one tick leave in one HTTP request. */
  run(script: Script, keys: readonly string[], args?: readonly string[]): Promise<unknown>
  /** As run, for an answer of texts that are bytes: the client would read them as UTF-8. One HTTP request of its own. */
  runForBytes(
    script: Script,
    keys: readonly string[],
    args?: readonly string[],
  ): Promise<Uint8Array[]>
  /** A plain MGET, which a global database answers at the nearest replica. Throws a StoreFault. */
  mget(keys: readonly string[]): Promise<unknown>
  /** Never throws. */
  isReachable(): Promise<boolean>
}

export function openRedis({ url, token, timeout, digests }: RedisOptions): RedisDoor {
  const client = new Redis({
    url,
    token,
    // As a function: a plain signal that fires would turn a read into null, 'not revoked'.
    signal: () => AbortSignal.timeout(timeout),
    // Every script is safe to repeat, so a connection that broke is worth one more try.
    retry: { retries: 1, backoff: () => 50 },
    enableAutoPipelining: true,
    // Ids and counters must stay the texts that they are.
    automaticDeserialization: false,
    enableTelemetry: false,
  })
  const hashes = new Map<Script, string>()
  const hashOf = (script: Script): string => {
    const known = hashes.get(script) ?? digests.sha1Hex(script.source)
    hashes.set(script, known)
    return known
  }

  return {
    client,
    // EVALSHA may write, so Upstash answers it at the primary: never from a replica that has not heard of a logout yet.
    run: (script, keys, args = []) =>
      asStoreFault(async () => {
        try {
          return await client.evalsha(hashOf(script), [...keys], [...args])
        } catch (error) {
          if (!isUnknownScript(error)) throw error
          return await client.eval(script.source, [...keys], [...args])
        }
      }),
    runForBytes: (script, keys, args = []) =>
      asStoreFault(async () => {
        const rest = [String(keys.length), ...keys, ...args]
        const ask = async (
          ...command: string[]
        ): Promise<{ result?: unknown; error?: unknown }> => {
          const response = await fetch(url, {
            method: 'POST',
            headers: {
              Authorization: `Bearer ${token}`,
              'Content-Type': 'application/json',
              // Without it Upstash answers in JSON texts, which cannot hold every byte.
              'Upstash-Encoding': 'base64',
            },
            body: JSON.stringify(command),
            signal: AbortSignal.timeout(timeout),
          })
          return response.json()
        }
        let answer = await ask('EVALSHA', hashOf(script), ...rest)
        if (String(answer.error).includes('NOSCRIPT'))
          answer = await ask('EVAL', script.source, ...rest)
        if (!Array.isArray(answer.result)) throw wrongShape()
        return answer.result.map((item: unknown) => {
          if (typeof item !== 'string') throw wrongShape()
          return Uint8Array.from(atob(item), (character) => character.charCodeAt(0))
        })
      }),
    mget: (keys) => asStoreFault(() => client.mget([...keys])),
    isReachable: async () => {
      try {
        return (await client.ping()) === 'PONG'
      } catch {
        return false
      }
    },
  }
}

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('NOSCRIPT')

/** Whatever a call to Redis throws becomes a StoreFault. The client's own message may hold keys and values: it goes nowhere. */
export async function asStoreFault<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof StoreFault) throw error
    const kind = faultKind(error)
    throw new StoreFault(kind, SENTENCES[kind])
  }
}

function faultKind(error: unknown): FaultKind {
  if (!(error instanceof Error)) return 'answer'
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout'
  if (error.name === 'UpstashError' || error.name === 'UpstashJSONParseError') return 'answer'
  return 'unreachable'
}

const SENTENCES: Record<FaultKind, string> = {
  timeout: 'Redis did not answer in time',
  unreachable: 'Redis could not be reached',
  answer: 'Redis answered with an error, or with what is no answer to the question',
  slow: 'the request took too long',
}

export const wrongShape = (): StoreFault => new StoreFault('answer', SENTENCES.answer)

/** An answer that must be a list of texts and numbers; null stays where `nullable` allows it. */
export function texts(answer: unknown): string[] {
  if (!Array.isArray(answer)) throw wrongShape()
  return answer.map((item: unknown) => {
    if (typeof item !== 'string' && typeof item !== 'number') throw wrongShape()
    return String(item)
  })
}

/** The answer of an MGET: as many texts or nulls as there were keys. A wrong shape must never read as 'missing'. */
export function values(answer: unknown, count: number): (string | null)[] {
  if (!Array.isArray(answer) || answer.length !== count) throw wrongShape()
  return answer.map((item: unknown) => {
    if (item === null) return null
    if (typeof item !== 'string' && typeof item !== 'number') throw wrongShape()
    return String(item)
  })
}

/** The first text of an answer as one of the outcomes that the script may have. */
export function outcome<const Kind extends string>(text: unknown, kinds: readonly Kind[]): Kind {
  const kind = kinds.find((candidate) => candidate === text)
  if (kind === undefined) throw wrongShape()
  return kind
}

/** A whole number that Redis holds as text. */
export function whole(text: string | undefined): number {
  if (text === undefined || !/^\d{1,16}$/.test(text)) throw wrongShape()
  return Number(text)
}

export const required = <Value>(value: Value | null | undefined): Value => {
  if (value === null || value === undefined) throw wrongShape()
  return value
}
