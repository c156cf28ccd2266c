/** Prepares once what all tests share: the page's files, and a Redis, which stops after the last. Tests reach it by HTTP only. */
import type { TestProject } from 'vitest/node'
import { digests } from '../src/crypto/digest.ts'
import { ensurePage } from '../src/dev/page.ts'
import { type BackendChoice, openBackend } from '../src/dev/redis-backend.ts'
import { startRedisEndpoint } from '../src/dev/redis-endpoint.ts'
import { findRedisServer } from '../src/dev/redis-server.ts'
import { buildReference } from '../src/dev/reference.ts'
import { startRedisProxy } from './support/redis-proxy.ts'
import { silenceRuntimeNoise } from './support/runtime-noise.ts'
import { scripts } from './support/scripts.ts'
import { behindLimiter } from './support/scripts-behind-limiter.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    redis: { proxyUrl: string; token: string; kind: 'embedded' | 'redis-server' }
  }
}

/** REDIS_URL is left alone: tests fill databases by number, and that Redis may hold someone's data. */
async function choose(wish: string): Promise<BackendChoice> {
  const binary = await findRedisServer()
  switch (wish) {
    case 'auto':
      return binary ? 'server' : 'embedded'
    case 'embedded':
      return 'embedded'
    case 'server':
      if (binary) return 'server'
      throw new Error(
        'CURFEW_TEST_REDIS=server, but there is no redis-server on the PATH. Install Redis, or leave the variable out.',
      )
    default:
      throw new Error(`CURFEW_TEST_REDIS is ${wish}; it can be auto, embedded or server.`)
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The page is built here, once: if two test files that start the service built it, one would change it under the other.
  await ensurePage()
  await buildReference()
  const backend = await openBackend(await choose(process.env.CURFEW_TEST_REDIS || 'auto'))
  const token = crypto.randomUUID()
  const endpoint = await startRedisEndpoint({ backend, token })
  const proxy = await startRedisProxy({ upstream: endpoint })
  const kind = backend.kind === 'embedded' ? 'embedded' : 'redis-server'
  project.provide('redis', { proxyUrl: proxy.url, token, kind })
  console.log(`Tests run on ${backend.description}.`)
  const speakUp = silenceRuntimeNoise()
  return async () => {
    speakUp()
    await proxy.close()
    await endpoint.close()
    await backend.close()
    // .ci/run asks for this: its run of only some test files must still run every script.
    if (process.env.CURFEW_TEST_EVERY_SCRIPT === 'yes') mustHaveRun(proxy.ran)
  }
}

/** Throws when a script was not run, alone or behind the limiter's; Vitest then fails the run. */
function mustHaveRun(ran: ReadonlySet<string>): void {
  const isMissing = (source: string) => !ran.has(digests.sha1Hex(source))
  const left = [...scripts].filter(
    ([, source]) => isMissing(source) && isMissing(behindLimiter({ source }).source),
  )
  if (left.length > 0)
    throw new Error(
      `These tests did not run every script: ${left.map(([name]) => name).join(', ')}.`,
    )
  console.log(`All ${scripts.size} scripts were run.`)
}
