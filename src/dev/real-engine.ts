/** Runs commands on a real Redis over one connection. Starts no server and rewrites no command. */
import { Redis } from 'ioredis'
import type { Engine, Reply } from './reply.ts'

const connectTimeoutMs = 5000
/** A server of our own is there; on a busy machine it only takes its time. */
const ownConnectTimeoutMs = 30_000

export async function connectEngine(where: { url: string } | { path: string }): Promise<Engine> {
  const options = {
    lazyConnect: true,
    connectTimeout: 'url' in where ? connectTimeoutMs : ownConnectTimeoutMs,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt: number) => Math.min(attempt * 100, 1000),
  }
  const redis =
    'url' in where ? new Redis(where.url, options) : new Redis({ path: where.path, ...options })
  // Without a listener every lost connection would be printed; the waiting command fails anyway.
  redis.on('error', () => {})
  try {
    await redis.connect()
  } catch (cause) {
    redis.disconnect()
    throw new Error('Redis does not answer', { cause })
  }
  const home = redis.options.db ?? 0
  let selected = home

  /** Commands of one connection keep their order, so SELECT and what follows cannot be torn apart. */
  function select(database: number): void {
    if (home + database === selected) return
    selected = home + database
    redis.select(selected).catch(() => {
      selected = -1
    })
  }

  // Upper case, because ioredis turns the reply to `hgetall` into an object; Buffers keep bits exact.
  const send = (command: string[]): Promise<Reply> => {
    const [name = '', ...args] = command
    return redis.callBuffer(name.toUpperCase(), ...args) as Promise<Reply>
  }

  return {
    keepsScripts: true,
    async run(database, command) {
      select(database)
      return send(command)
    },
    async transact(database, commands) {
      select(database)
      const queued = [['MULTI'], ...commands].map((command) => send(command))
      const results = send(['EXEC'])
      await Promise.allSettled(queued)
      return (await results) as (Reply | Error)[]
    },
    async close() {
      redis.disconnect()
    },
  }
}
