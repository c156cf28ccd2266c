/** Owns how scripts are sent to Redis, and what counts as a fault. Never reads what an answer says, and decides nothing. */

import { StoreFault } from '../domain/fault.ts'
import type { Digests } from '../domain/ports.ts'
import type { Prepared } from '../domain/prepared.ts'
import { keys } from './keys.ts'
import { CommandError, openRest, type Rest, type RestOptions, wrongShape } from './rest.ts'
import type { Script } from './script.ts'

const HEALTH_MS = 60_000

interface RedisOptions extends RestOptions {
  digests: Pick<Digests, 'sha1Hex'>
}

/** Make it once per isolate. */
export interface RedisDoor {
  /** One command, for a library that brings its own scripts. Throws what Rest throws. */
  send: Rest['send']
  /** Throws a StoreFault. Calls of one tick leave in one HTTP request. */
  run(script: Script, keys: readonly string[], args?: readonly string[]): Promise<unknown>
  /** Runs a change that is ready. Throws a StoreFault. */
  make<Outcome>(change: Prepared<Outcome>): Promise<Outcome>
  /** As run, in an HTTP request of its own, which is not sent again when the connection breaks. */
  runOnce(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** As run, for an answer whose texts are bytes: run would read them as UTF-8. One HTTP request of its own. */
  runForBytes(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<Uint8Array[]>
  /** A plain MGET, which a global database answers at the nearest replica. Throws a StoreFault. */
  mget(keys: readonly string[]): Promise<unknown>
  /** What is wrong with it now; null when nothing is. It must take a write: sign-ins need one. Never throws. */
  fault(): Promise<StoreFault | null>
}

export function openRedis({ digests, ...where }: RedisOptions): RedisDoor {
  const rest = openRest(where)
  const hashes = new Map<Script, string>()
  const hashOf = (script: Script): string => {
    const known = hashes.get(script) ?? digests.sha1Hex(script.source)
    hashes.set(script, known)
    return known
  }
  /** EVALSHA may write, so Upstash answers it at the primary: never from a replica that has not heard of a logout yet. */
  const runBy = async (
    send: Rest['send'],
    script: Script,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<unknown> => {
    const operands = [String(keys.length), ...keys, ...args]
    try {
      return await send(['EVALSHA', hashOf(script), ...operands])
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return await send(['EVAL', script.source, ...operands])
    }
  }

  const run: RedisDoor['run'] = (script, keys, args = []) =>
    asStoreFault(() => runBy(rest.send, script, keys, args))

  return {
    send: rest.send,
    run,
    make: async ({ script, keys, args, read }) => read(await run(script, keys, args)),
    runOnce: (script, keys, args) => asStoreFault(() => runBy(rest.sendOnce, script, keys, args)),
    runForBytes: (script, keys, args) =>
      asStoreFault(async () => {
        const answer = await runBy(rest.sendForBase64, script, keys, args)
        if (!Array.isArray(answer)) throw wrongShape()
        return answer.map((item: unknown) => {
          if (typeof item !== 'string') throw wrongShape()
          return bytesOf(item)
        })
      }),
    mget: (keys) => asStoreFault(() => rest.sendToNearest(['MGET', ...keys])),
    fault: async () => {
      try {
        const answer = await rest.send(['SET', keys.health, 'written', 'PX', String(HEALTH_MS)])
        return answer === 'OK' ? null : wrongShape()
      } catch (error) {
        return storeFault(error)
      }
    },
  }
}

/** A loop: for a status list, Uint8Array.from with a function takes fifty times as long. */
function bytesOf(base64: string): Uint8Array {
  const characters = atob(base64)
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
  return bytes
}

const isUnknownScript = (error: unknown): boolean =>
  error instanceof CommandError && error.message.includes('NOSCRIPT')

function storeFault(error: unknown): StoreFault {
  if (error instanceof StoreFault) return error
  return wrongShape(error instanceof CommandError ? error.code : '')
}

/** Whatever a call to Redis throws becomes a StoreFault, which tells of no key and no value. */
export async function asStoreFault<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call()
  } catch (error) {
    throw storeFault(error)
  }
}
