/** Starts the real service on a free port, with a Redis that can be broken and healed. One for each test worker. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackend } from '../../../src/dev/redis-backend.ts'
import { startRedisEndpoint } from '../../../src/dev/redis-endpoint.ts'
import { fromRoot } from '../../../src/dev/root.ts'
import { ensureLocalSecrets } from '../../../src/dev/secrets.ts'
import { waitUntilHealthy } from '../../../src/dev/test-account.ts'
import { startWrangler } from '../../../src/dev/wrangler.ts'
import { freePort } from '../../support/commands.ts'
import { startRedisProxy } from '../../support/redis-proxy.ts'

export interface Service {
  url: string
  /** From now on Redis answers nothing but errors. */
  breakRedis(): Promise<void>
  healRedis(): Promise<void>
}

/** So that many people can sign in from one address. */
const roomy = Object.fromEntries(
  [
    'SIGN_UP_ADDRESS',
    'SIGN_IN_ADDRESS',
    'SIGN_IN_ACCOUNT',
    'LOGOUT',
    'REFRESH',
    'REAUTHENTICATE',
  ].map((name) => [`LIMIT_${name}`, '9999/300']),
)

export async function openService(
  settings: Record<string, string> = {},
): Promise<Service & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-browser-'))
  const secretsFile = join(folder, 'secrets')
  await ensureLocalSecrets(secretsFile)
  const backend = await openBackend('auto')
  const token = crypto.randomUUID()
  const endpoint = await startRedisEndpoint({ backend, token })
  const proxy = await startRedisProxy({ upstream: endpoint })
  const made = await fetch(`${proxy.url}/cases`, { method: 'POST' })
  const { url: redis } = (await made.json()) as { url: string }

  const port = await freePort()
  const url = `http://localhost:${port}`
  const wrangler = startWrangler({
    port,
    secretsFile,
    script: fromRoot('test/support/quick-worker.ts'),
    vars: { ISSUER: url, PASSWORD_BLOCKLIST: 'off', ...roomy, ...settings },
    secrets: { UPSTASH_REDIS_REST_URL: redis, UPSTASH_REDIS_REST_TOKEN: token },
  })
  await waitUntilHealthy(url, AbortSignal.timeout(40_000)).catch((error: Error) => {
    throw new Error(`${wrangler.held()}\n${error.message}`)
  })

  const control = async (init: RequestInit) => {
    const answer = await fetch(`${redis}/~fault`, init)
    if (!answer.ok) throw new Error(`the proxy said ${answer.status}`)
  }
  return {
    url,
    breakRedis: () => control({ method: 'PUT', body: JSON.stringify({ kind: 'status-500' }) }),
    healRedis: () => control({ method: 'DELETE' }),
    async close() {
      await wrangler.stop()
      await proxy.close()
      await endpoint.close()
      await backend.close()
      await rm(folder, { recursive: true })
    },
  }
}
