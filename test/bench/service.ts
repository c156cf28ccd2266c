/** Owns the start of the service and what goes with it: a resource server with guards, the floor, and people. */

import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
import { keySet, newRefreshSecret } from '../../src/dev/secrets.ts'
import { GENEROUS } from '../support/quotas.ts'
import type { Places } from './calls.ts'
import { openPeople } from './people.ts'
import { freePort } from './processes.ts'
import type { Town } from './town.ts'
import { startWorkerd } from './workerd.ts'

export interface Scripts {
  service: string
  resource: string
  floor: string
}

export async function settingsFor(issuer: string, town: { url: string; token: string }) {
  const key = await generateSigningKey()
  const settings: Record<string, string> = {
    ISSUER: issuer,
    SIGNING_KEYS: keySet([key]),
    REFRESH_SECRETS: newRefreshSecret(),
    UPSTASH_REDIS_REST_URL: town.url,
    UPSTASH_REDIS_REST_TOKEN: town.token,
    SESSIONS_PER_USER: '1000',
    ...GENEROUS,
  }
  const { d: _, ...publicKey } = key
  return { settings, publicKey: JSON.stringify(publicKey) }
}

export async function openService(town: Town, scripts: Scripts): Promise<Places> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const { settings, publicKey } = await settingsFor(issuer, town)
  const database = { ISSUER: issuer, REDIS_URL: town.url, REDIS_TOKEN: town.token }
  return {
    service: await startWorkerd({
      name: 'curfew',
      script: scripts.service,
      bindings: settings,
      port,
    }),
    resource: await startWorkerd({ name: 'guard', script: scripts.resource, bindings: database }),
    floor: await startWorkerd({
      name: 'floor',
      script: scripts.floor,
      bindings: { ...database, PUBLIC_KEY: publicKey },
    }),
    people: await openPeople(settings),
    dearPeople: await openPeople(settings, 'dear'),
  }
}
