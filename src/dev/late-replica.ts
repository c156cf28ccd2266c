/**
 * Plays an Upstash global database whose nearest replica is late: plain reads are answered from a second
 * data set that hears of every write only some time after the primary. Sync tokens are not honoured:
 * this is the reader in another region, who holds none.
 */
import { commandName, type Engine, type Reply } from './reply.ts'

/** Replicas live in the upper half of a server's databases. */
export const replicaOffset = 2048

const reads = new Set(
  `BITCOUNT BITPOS ECHO EVALSHA_RO EVAL_RO EXISTS EXPIRETIME GET GETBIT GETRANGE HEXISTS HGET HGETALL
  HKEYS HLEN HMGET HSTRLEN HVALS KEYS LINDEX LLEN LRANGE MGET PEXPIRETIME PING PTTL SCAN SCARD
  SISMEMBER SMEMBERS SMISMEMBER STRLEN TTL TYPE XLEN XRANGE XREVRANGE ZCARD ZCOUNT ZLEXCOUNT ZMSCORE
  ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYSCORE ZREVRANK ZSCORE`.split(/\s+/),
)

export interface LateReplica {
  run(database: number, lateMs: number, command: string[]): Promise<Reply>
  transact(database: number, lateMs: number, commands: string[][]): Promise<(Reply | Error)[]>
  /** Resolves when what was written until now has reached the replica. */
  caughtUp(database: number): Promise<void>
  /** Drops what has not reached a replica yet. */
  close(): void
}

export function createLateReplica(engine: Engine): LateReplica {
  const timers = new Set<NodeJS.Timeout>()
  /** Of each database, the last write that is on its way: they arrive in order. */
  const underway = new Map<number, Promise<void>>()

  /** Counted from the moment the primary took the write; what it refused, the replica refuses as well. */
  function replay(database: number, lateMs: number, work: () => Promise<unknown>): void {
    const before = underway.get(database)
    const due = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, lateMs)
      timers.add(timer)
    })
    const arrive = async (): Promise<void> => {
      await Promise.all([due, before])
      await work().catch(() => {})
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
      const reply = await engine.run(database, command)
      replay(database, lateMs, () => engine.run(replica, command))
      return reply
    },
    async transact(database, lateMs, commands) {
      const replies = await engine.transact(database, commands)
      replay(database, lateMs, () => engine.transact(database + replicaOffset, commands))
      return replies
    },
    caughtUp: async (database) => underway.get(database),
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
