/** Owns a test's own Redis database behind the counting proxy: what was asked of it, what it holds, and how it fails. */

import { inject } from 'vitest'
import type { Fault } from './redis-faults.ts'
import type { RedisRequest } from './redis-log.ts'

export interface RedisCase {
  url: string
  /** The HTTP requests since the last forget(). */
  requests: () => Promise<RedisRequest[]>
  forget: () => Promise<void>
  fail: (fault: Fault) => Promise<void>
  heal: () => Promise<void>
  /** Waits for all requests, even those that nobody waits for any more, and until a late replica has heard of them. */
  settled: () => Promise<void>
  /** Runs a command that is not counted and meets no fault. */
  look: (...command: (string | number)[]) => Promise<unknown>
}

export async function openCase(lateMs?: number): Promise<RedisCase> {
  const { proxyUrl, token } = inject('redis')
  const opened = await fetch(`${proxyUrl}/cases`, {
    method: 'POST',
    body: JSON.stringify(lateMs === undefined ? {} : { lateMs }),
  })
  const { url } = await opened.json<{ url: string }>()
  const control = async (method: string, part: string, body?: Fault): Promise<Response> => {
    const response = await fetch(`${url}/~${part}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok)
      throw new Error(`${method} ${part}: ${response.status} ${await response.text()}`)
    return response
  }
  return {
    url,
    requests: async () => (await control('GET', 'log')).json<RedisRequest[]>(),
    forget: async () => void (await (await control('DELETE', 'log')).text()),
    fail: async (fault) => void (await (await control('PUT', 'fault', fault)).text()),
    heal: async () => void (await (await control('DELETE', 'fault')).text()),
    settled: async () => void (await (await control('GET', 'settled')).text()),
    async look(...command) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'x-inspect': '1' },
        body: JSON.stringify(command),
      })
      const { result, error } = await response.json<{ result?: unknown; error?: string }>()
      if (error !== undefined) throw new Error(error)
      return result
    },
  }
}
