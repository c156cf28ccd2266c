/** Runs commands on a real Redis over one connection. Starts no server and rewrites no command. */
import { Redis } from 'ioredis'
import type { Engine, Reply } from './reply.ts'

const connectTimeoutMs = 5000
/** For a server that we started: it is there, and only takes its time on a busy machine. */
const ownConnectTimeoutMs = 30_000

/** `onChange` is told when Redis, which answered, cannot be reached any more, and when it can again: each once. */
export async function connectEngine(
  where: { url: string } | { path: string },
  onChange: (isThere: boolean) => void = () => {},
): Promise<Engine> {
  const options = {
    lazyConnect: true,
    connectTimeout: 'url' in where ? connectTimeoutMs : ownConnectTimeoutMs,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt: number) => Math.min(attempt * 100, 1000),
  }
  const redis =
    'url' in where ? new Redis(where.url, options) : new Redis({ path: where.path, ...options })
  let fault: Error | undefined
  // Without a listener every lost connection would be printed; the waiting command fails anyway.
  redis.on('error', (error: Error) => {
    fault = error
  })
  const home = Number(redis.options.db ?? 0)
  try {
    await redis.connect()
    // ioredis stays in database 0, and silent, when it cannot have the one it was told.
    await (home === 0 ? redis.ping() : redis.select(home))
  } catch (error) {
    redis.disconnect()
    // The error that ended the connection says more than 'Connection is closed'.
    throw new Error('Redis does not answer', { cause: fault ?? error })
  }
  let selected = home

  let isThere = true
  const notice = (now: boolean): void => {
    if (now === isThere) return
    isThere = now
    onChange(now)
  }
  // Not by 'close': a Redis that ends an idle connection takes the next one.
  redis.on('error', () => notice(false))
  redis.on('ready', () => notice(true))

  let isGathering = false
  /** Commands sent before the event loop goes on leave in one write: each write is a system call, dearer than most commands. */
  function gather(): void {
    if (isGathering) return
    isGathering = true
    const { stream } = redis
    stream.cork()
    setImmediate(() => {
      isGathering = false
      stream.uncork()
    })
  }

  /** Commands of one connection keep their order, so SELECT and what follows cannot be torn apart. */
  async function select(database: number): Promise<void> {
    if (home + database === selected) return
    selected = home + database
    gather()
    try {
      await redis.select(selected)
    } catch (error) {
      selected = -1
      throw error
    }
  }

  // Upper case, because ioredis turns the reply to `hgetall` into an object; Buffers keep bits exact.
  const send = (command: string[]): Promise<Reply> => {
    const [name = '', ...args] = command
    gather()
    return redis.callBuffer(name.toUpperCase(), ...args) as Promise<Reply>
  }

  return {
    keepsScripts: true,
    async run(database, command) {
      const [, reply] = await Promise.all([select(database), send(command)])
      return reply
    },
    async transact(database, commands) {
      const selecting = select(database)
      const queued = [['MULTI'], ...commands].map((command) => send(command))
      const results = Promise.all([selecting, send(['EXEC'])])
      await Promise.allSettled([...queued, results])
      const [, replies] = await results
      return replies as (Reply | Error)[]
    },
    async close() {
      redis.disconnect()
    },
  }
}
