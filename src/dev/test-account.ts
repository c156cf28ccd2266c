/** Makes the documented test account through the service's own API, as any operator would. */
import { setTimeout as pause } from 'node:timers/promises'
import { paths } from '../contract/paths.ts'

export const testAccount = { email: 'test@example.com', password: 'password123' }

const answerTimeoutMs = 5000

/** Resolves when the service says that it is healthy; the last answer otherwise, when told to give up. */
export async function waitUntilHealthy(url: string, signal: AbortSignal): Promise<void> {
  let last = 'no answer'
  while (!signal.aborted) {
    try {
      const response = await fetch(url + paths.health, {
        signal: AbortSignal.timeout(answerTimeoutMs),
      })
      if (response.ok) return
      last = `${response.status} ${(await response.text()).slice(0, 500)}`
    } catch {
      last = 'no answer'
    }
    await pause(100)
  }
  throw new Error(`The service did not become healthy. GET ${paths.health}: ${last}`)
}

/** Undefined when the account is there; a sentence when it could not be made. */
export async function ensureTestAccount(url: string, token: string): Promise<string | undefined> {
  const response = await fetch(url + paths.adminUsers, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...testAccount, email_confirm: true }),
    signal: AbortSignal.timeout(answerTimeoutMs),
  }).catch(() => undefined)
  if (response?.ok) return undefined
  const body = (await response?.json().catch(() => ({}))) as { error_code?: string } | undefined
  if (body?.error_code === 'email_exists') return undefined
  return `The test account could not be made (${response?.status ?? 'no answer'} ${body?.error_code ?? ''}).`
}
