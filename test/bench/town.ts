/** Owns one Redis with its bridge, and asks both from outside of the way that is measured. Never measures time. */

import { Redis } from 'ioredis'
import { findRedisServer } from '../../src/dev/redis-server.ts'
import { fromRoot } from '../../src/dev/root.ts'
import { newSecret } from '../../src/dev/secrets.ts'
import { freePort, start } from './processes.ts'

export interface Town {
  /** The REST endpoint, for Workers. */
  url: string
  token: string
  /** For peers that speak Redis' own protocol; as far away as `url`. */
  tcpPort: number
  /** A direct connection, without the distance; count() does not count its commands as requests. */
  redis: Redis
  /** The same to another database of this Redis; the sample keeps its keys in 1. */
  database(number: number): Redis
  redisVersion: string
  setDistance(ms: number): Promise<void>
  /** What reached Redis while `work` ran: HTTP requests, and commands with those inside of scripts. */
  count(work: () => Promise<void>): Promise<{ requests: number; commands: number }>
}

export async function openTown(): Promise<Town> {
  const binary = await findRedisServer()
  if (!binary) throw new Error('The benchmark needs a redis-server on the PATH.')
  const [redisPort, port, tcpPort] = [await freePort(), await freePort(), await freePort()]
  const token = newSecret()
  await start({
    name: 'redis-server',
    side: 'rest',
    port: redisPort,
    command: [
      binary,
      ...['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      ...['--loglevel', 'warning', '--dir', '/'],
    ],
  })
  await start({
    name: 'the way to Redis',
    side: 'rest',
    port,
    command: [
      process.execPath,
      fromRoot('test/bench/bridge.ts'),
      ...[redisPort, port, tcpPort].map(String),
      token,
    ],
  })
  const database = (db: number): Redis => {
    // Redis is stopped while this client is still connected: that is no error, and nothing to try again.
    const client = new Redis(redisPort, '127.0.0.1', { db, retryStrategy: () => null })
    return client.on('error', () => {})
  }
  const redis = database(0)
  const url = `http://127.0.0.1:${port}`
  const [, redisVersion = ''] = /redis_version:(\S+)/.exec(String(await redis.info('server'))) ?? []

  async function tell(...command: string[]): Promise<number> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(command),
    })
    if (!response.ok) throw new Error(`the way to Redis answers ${response.status}`)
    await response.text()
    // The endpoint numbers its answers.
    return Number(response.headers.get('upstash-sync-token')?.replace('local-', ''))
  }

  return {
    url,
    token,
    tcpPort,
    redis,
    database,
    redisVersion,
    async setDistance(ms) {
      await tell('BENCH.DISTANCE', String(ms))
    },
    async count(work) {
      const before = await tell('PING')
      await redis.config('RESETSTAT')
      await work()
      const commands = await commandsOf(redis)
      return { requests: (await tell('PING')) - before - 1, commands }
    },
  }
}

/** Leaves out INFO and CONFIG, which are ours. Commands inside of scripts, such as PEXPIRE, count, as Upstash counts them. */
async function commandsOf(redis: Redis): Promise<number> {
  let sum = 0
  for (const [, name = '', calls] of String(await redis.info('commandstats')).matchAll(
    /^cmdstat_([^:]+):calls=(\d+)/gm,
  ))
    if (!/^(info|config)/.test(name)) sum += Number(calls)
  return sum
}
