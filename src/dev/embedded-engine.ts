/**
 * Runs commands on ioredis-mock, in this process, and mends at its border what is cheap to mend.
 * Right for the commands the service uses; what it cannot do it refuses rather than answer wrongly.
 */
import RedisMock from 'ioredis-mock'
import { expectedType, mend } from './embedded-commands.ts'
import { bridged, decodeAnswer } from './embedded-lua.ts'
import { commandName, type Engine, type Reply } from './reply.ts'

type Native = Record<string, ((...args: string[]) => Promise<unknown>) | undefined>

let engines = 0

export function openEmbeddedEngine(): Engine {
  // The mock shares data between instances of one host and port.
  const host = `embedded-${++engines}`
  const instances = new Map<number, Native>()
  let last: Promise<unknown> = Promise.resolve()

  function instance(database: number): Native {
    const existing = instances.get(database)
    if (existing) return existing
    const created = new RedisMock({ host, port: 6379, db: database }) as unknown as Native
    instances.set(database, created)
    return created
  }

  /** One at a time, as in Redis: mended commands and transactions take several steps. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }

  async function execute(database: number, command: string[]): Promise<Reply> {
    const redis = instance(database)
    const native = async (name: string, ...args: string[]): Promise<unknown> => {
      const method = redis[name.toLowerCase()]
      if (typeof method !== 'function') throw unsupported(name)
      return method.call(redis, ...args)
    }
    const name = commandName(command)
    // The mock keeps text, Redis bytes: as one character a byte, bitmaps and UTF-8 come back exact.
    const args = command.slice(1).map((arg) => Buffer.from(arg, 'utf8').toString('latin1'))
    try {
      if (name === 'EVAL' || name === 'EVAL_RO') {
        const [script = '', ...rest] = args
        const answer = await native('eval', bridged(script, name === 'EVAL_RO'), ...rest)
        return toReply(decodeAnswer(String(answer)))
      }
      await checkType(native, name, args[0] ?? '')
      return toReply(await mend(native, name, args))
    } catch (error) {
      throw asRedisError(error, name)
    }
  }

  return {
    keepsScripts: false,
    run: (database, command) => alone(() => execute(database, command)),
    transact: (database, commands) =>
      alone(async () => {
        const redis = instance(database)
        const isKnown = (command: string[]) =>
          /^EVAL/.test(commandName(command)) || commandName(command).toLowerCase() in redis
        if (!commands.every(isKnown)) {
          throw new Error('EXECABORT Transaction discarded because of previous errors.')
        }
        const replies: (Reply | Error)[] = []
        for (const command of commands) {
          replies.push(await execute(database, command).catch((error: Error) => error))
        }
        return replies
      }),
    async close() {
      instances.clear()
    },
  }
}

const unsupported = (name: string): Error =>
  new Error(`ERR unknown command '${name}' (the embedded Redis does not have it)`)

async function checkType(
  native: (name: string, ...args: string[]) => Promise<unknown>,
  name: string,
  key: string,
): Promise<void> {
  const expected = expectedType(name)
  if (expected === undefined) return
  const found = await native('type', key)
  if (found !== 'none' && found !== expected) {
    throw new Error('WRONGTYPE Operation against a key holding the wrong kind of value')
  }
}

function asRedisError(error: unknown, name: string): Error {
  const message = error instanceof Error ? error.message : String(error)
  if (message.startsWith('Unsupported command')) return unsupported(name)
  if (message.startsWith('Error trying to loading')) {
    return new Error(`ERR Error compiling script: ${message.slice(message.indexOf('VM: ') + 4)}`)
  }
  return new Error(/^[A-Z]+ /.test(message) ? message : `ERR ${message}`)
}

function toReply(value: unknown): Reply {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return value
  if (typeof value === 'string') return value === 'OK' ? value : Buffer.from(value, 'latin1')
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(toReply)
  const flat: unknown[] = Object.entries(value).flat()
  return flat.map(toReply)
}
