/** Owns the way to Redis, in a process of its own: our REST endpoint for Workers, a TCP relay for peers, both as far as told. */

import { createServer, connect as dial, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Backend, openBackend } from '../../src/dev/redis-backend.ts'
import { startRedisEndpoint } from '../../src/dev/redis-endpoint.ts'
import type { Reply } from '../../src/dev/reply.ts'

/** The command that sets the distance. Redis never sees it. */
export const DISTANCE = 'BENCH.DISTANCE'

const [redisPort = '', port = '', relayPort = '', token = ''] = process.argv.slice(2)
/** Milliseconds there and back. */
let distance = 0

const backend = await openBackend({ url: `redis://127.0.0.1:${redisPort}` })
const far: Backend = {
  ...backend,
  async run(database, command): Promise<Reply> {
    if (command[0] === DISTANCE) {
      distance = Number(command[1])
      return distance
    }
    if (distance > 0) await pause(distance)
    return backend.run(database, command)
  },
  async transact(database, commands) {
    if (distance > 0) await pause(distance)
    return backend.transact(database, commands)
  },
}
await startRedisEndpoint({ backend: far, token, port: Number(port) })

/** Delays what goes to Redis by the whole distance, and the answers not at all. */
function relay(caller: Socket): void {
  const redis = dial(Number(redisPort), '127.0.0.1')
  caller.setNoDelay(true)
  redis.setNoDelay(true)
  caller.on('data', (bytes) => {
    if (distance === 0) redis.write(bytes)
    else setTimeout(() => redis.write(bytes), distance)
  })
  redis.on('data', (bytes) => caller.write(bytes))
  const end = () => {
    caller.destroy()
    redis.destroy()
  }
  for (const socket of [caller, redis]) socket.on('close', end).on('error', end)
}
createServer(relay).listen(Number(relayPort), '127.0.0.1')
