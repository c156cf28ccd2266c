/** Makes the documented test account through the service's own API, as any operator would. */
import { setTimeout as pause } from 'node:timers/promises'
import type { UsersBody } from '../contract/answers.ts'
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

/** What there is to say of the account: that it was made, that it was there already, or why it could not be made. */
export async function ensureTestAccount(url: string, token: string): Promise<string> {
  const { email, password } = testAccount
  const ask = (query: string, init: RequestInit) =>
    fetch(url + paths.adminUsers + query, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(answerTimeoutMs),
    }).catch(() => undefined)

  // Asked first: a creation that is refused leaves a warning in the log, as if there were something to do.
  const listed = await ask(`?${new URLSearchParams({ filter: email })}`, {})
  if (!listed?.ok) return trouble(listed?.status, await bodyOf<ErrorBody>(listed))
  const { users = [] } = await bodyOf<UsersBody>(listed)
  const isThere = users.some((user) => user.email === email)
  const body = JSON.stringify({ ...testAccount, email_confirm: true })
  const made = isThere ? undefined : await ask('', { method: 'POST', body })
  if (made?.ok) return `${email}, password ${password}`
  const refusal = await bodyOf<ErrorBody>(made)
  if (isThere || refusal.error_code === 'email_exists')
    return `${email}, made by an earlier start (password ${password}, unless it was changed)`
  return trouble(made?.status, refusal)
}

const bodyOf = async <Body>(response: Response | undefined): Promise<Partial<Body>> =>
  (await response?.json().catch(() => undefined)) ?? {}

function trouble(status: number | undefined, { weak_password, error_code }: Partial<ErrorBody>) {
  const reasons = weak_password?.reasons
  if (reasons)
    return `The test account could not be made: ${reasons.includes('length') ? 'PASSWORD_MIN_LENGTH' : 'PASSWORD_BLOCKLIST or PASSWORD_BLOCKLIST_EXTRA'} refuses its password.`
  const answer = [status ?? 'no answer', error_code].filter(Boolean).join(' ')
  return `The test account could not be made (${answer}). Start again to try once more.`
}
