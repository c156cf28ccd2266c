/** The Redis backends a Node test can run on: always the embedded one, redis-server where there is one. */
import { openBackend } from '../../src/dev/redis-backend.ts'
import { startRedisEndpoint } from '../../src/dev/redis-endpoint.ts'
import { findRedisServer } from '../../src/dev/redis-server.ts'

export const hasRedisServer = (await findRedisServer()) !== undefined

export const backends: { choice: 'embedded' | 'server'; isMissing: boolean }[] = [
  { choice: 'embedded', isMissing: false },
  { choice: 'server', isMissing: !hasRedisServer },
]

export async function openEndpoint(choice: 'embedded' | 'server') {
  const backend = await openBackend(choice)
  const endpoint = await startRedisEndpoint({ backend, token: 'a-token' })
  return {
    ...endpoint,
    backend,
    async close() {
      await endpoint.close()
      await backend.close()
    },
  }
}
