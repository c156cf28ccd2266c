/** Makes the documented test account through the service's own API, as any operator would. */
import { setTimeout as pause } from 'node:timers/promises'
import type { ErrorBody, ErrorCode } from '../contract/errors.ts'
import { paths } from '../contract/paths.ts'

export const testAccount = { email: 'test@example.com', password: 'password123' }

const answerTimeoutMs = 5000

/** The service runs, but answers only an error until its settings are changed; its log says which. */
export class Misconfigured extends Error {}
const misconfigured: ErrorCode = 'service_misconfigured'

/** Resolves when the service says that it is healthy. Throws Misconfigured, or, when told to give up, the last answer. */
export async function waitUntilHealthy(
  url: string,
  signal: AbortSignal,
  isOurs: () => boolean = () => true,
): Promise<void> {
  let last = 'no answer'
  while (!signal.aborted && !last.includes(misconfigured)) {
    try {
      const response = await fetch(url + paths.health, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
      })
      if (response.ok && isOurs()) return
      last = `${response.status} ${(await response.text()).slice(0, 500)}`
    } catch {
      if (!signal.aborted) last = 'no answer'
    }
    await pause(100)
  }
  const sentence = `The service did not become healthy. GET ${paths.health}: ${last}`
  throw last.includes(misconfigured) ? new Misconfigured(sentence) : new Error(sentence)
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
  const body = (await response?.json().catch(() => ({}))) as Partial<ErrorBody> | undefined
  if (body?.error_code === 'email_exists') return undefined
  const reasons = body?.weak_password?.reasons
  if (reasons)
    return `The test account could not be made: ${reasons.includes('length') ? 'PASSWORD_MIN_LENGTH' : 'PASSWORD_BLOCKLIST or PASSWORD_BLOCKLIST_EXTRA'} refuses its password.`
  return `The test account could not be made (${response?.status ?? 'no answer'} ${body?.error_code ?? ''}).`
}
