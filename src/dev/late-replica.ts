/**
 * Plays an Upstash global database whose nearest replica is late: plain reads are answered from a second
 * data set that hears of every write only some time after the primary. Sync tokens are not honoured:
 * this is the reader in another region, who holds none.
 */
import { commandName, type Engine, type Reply } from './reply.ts'

/** Replicas live in the upper half of a server's databases. */
const replicaOffset = 2048

const reads = new Set(
  `BITCOUNT BITPOS ECHO EVALSHA_RO EVAL_RO EXISTS EXPIRETIME GET GETBIT GETRANGE HEXISTS HGET HGETALL
  HKEYS HLEN HMGET HSTRLEN HVALS KEYS LINDEX LLEN LRANGE MGET PEXPIRETIME PING PTTL SCAN SCARD
  SISMEMBER SMEMBERS SMISMEMBER STRLEN TTL TYPE XLEN XRANGE XREVRANGE ZCARD ZCOUNT ZLEXCOUNT ZMSCORE
  ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYSCORE ZREVRANK ZSCORE`.split(/\s+/),
)

interface LateReplica {
  run(database: number, lateMs: number, command: string[]): Promise<Reply>
  transact(database: number, lateMs: number, commands: string[][]): Promise<(Reply | Error)[]>
  /** Resolves when what was written until now has reached the replica. */
  caughtUp(database: number): Promise<void>
  /** Drops what has not reached a replica yet. */
  close(): void
}

export function createLateReplica(engine: Engine): LateReplica {
  const timers = new Set<NodeJS.Timeout>()
  /** Of each database, the last write that is on its way. */
  const underway = new Map<number, Promise<void>>()

  const later = (lateMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, lateMs)
      timers.add(timer)
    })

  /**
   * Replays a write at the replica, `lateMs` after the primary took it; a write that the primary refused is not replayed. Keeps
   * the order in which writes were sent: answers may come in another order, and scripts in another order may do something else.
   */
  function follow(
    database: number,
    lateMs: number,
    written: Promise<unknown>,
    replay: () => Promise<unknown>,
  ): void {
    const before = underway.get(database)
    const arrive = async (): Promise<void> => {
      const isTaken = await written.then(
        () => true,
        () => false,
      )
      if (isTaken) await later(lateMs)
      await before
      if (isTaken) await replay().catch(() => {})
      if (underway.get(database) === done) underway.delete(database)
    }
    const done = arrive()
    underway.set(database, done)
  }

  return {
    async run(database, lateMs, command) {
      const replica = database + replicaOffset
      if (reads.has(commandName(command))) {
        return engine.run(replica, command).catch((error: Error) => {
          // Scripts reach a replica only with a write; the real one would know them.
          if (error.message.startsWith('NOSCRIPT')) return engine.run(database, command)
          throw error
        })
      }
      const written = engine.run(database, command)
      follow(database, lateMs, written, () => engine.run(replica, command))
      return written
    },
    async transact(database, lateMs, commands) {
      const written = engine.transact(database, commands)
      follow(database, lateMs, written, () => engine.transact(database + replicaOffset, commands))
      return written
    },
    caughtUp: async (database) => underway.get(database),
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
