/** Owns the tokens that this page has seen, live and ended, and what the service said when each was tried. In memory only. */

import { claimsOf } from '../client/access-token.ts'
import type { TokenBody } from '../contract/answers.ts'
import type { ErrorBody } from '../contract/errors.ts'
import { paths } from '../contract/paths.ts'
import { service } from './service.ts'

export interface Trial {
  at: number
  verdict: 'accepted' | 'refused' | 'unanswered'
  /** Such as `200` or `401 session_not_found`. */
  answer: string
}

export interface Exhibit {
  /** The session's id and the kind of token. */
  id: string
  owner: string
  kind: 'access' | 'refresh'
  token: string
  /** The latest answer; before it the one that it differs from, if any; after it the latest trial, if that had no answer. */
  trials: Trial[]
}

/** Ended sessions stay on show; the oldest go first. */
const MOST_EXHIBITS = 12

let exhibits: readonly Exhibit[] = []
const listeners = new Set<() => void>()

export const getExhibits = (): readonly Exhibit[] => exhibits

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function show(next: readonly Exhibit[]): void {
  // A list of its own each time, so that whoever watches sees a change.
  exhibits = next.slice(-MOST_EXHIBITS)
  for (const listener of listeners) listener()
}

const change = (id: string, part: Partial<Exhibit>): void =>
  show(exhibits.map((one) => (one.id === id ? { ...one, ...part } : one)))

/** Keeps a session's newest token of a kind. */
export function keep({ id, owner, kind, token }: Omit<Exhibit, 'trials'>): void {
  const known = exhibits.find((one) => one.id === id)
  if (known?.token === token) return
  if (known) {
    change(id, kind === 'access' ? { token, trials: [] } : { token })
    // What was said of the one before it, which may have run out, says nothing of this one.
    if (kind === 'access') void tryThose((one) => one.id === id)
  } else show([...exhibits, { id, owner, kind, token, trials: [] }])
}

export const forgetAll = (): void => show([])

let ownSession: string | null = null

/** Whether it is the page's own refresh token: not tried, since it works once and the page needs it. */
export const isInUse = ({ id, kind }: Pick<Exhibit, 'id' | 'kind'>): boolean =>
  kind === 'refresh' && id === `${ownSession} refresh`

/** Says which session the page is in, if any. */
export function isNowIn(session: string | null): void {
  ownSession = session
  show(exhibits)
}

let underWay = 0

/** Until the last of a round has answered: a sum before that would be wrong a moment later. */
export const isTrying = (): boolean => underWay > 0

export const tryAll = (): Promise<void> => tryThose(() => true)

/** Those that may still work. */
export const tryUnrefused = (): Promise<void> => tryThose((one) => !isRefused(one))

async function tryThose(isMeant: (one: Exhibit) => boolean): Promise<void> {
  underWay++
  show(exhibits)
  // Access tokens first: a refresh hands out the next one.
  for (const kind of ['access', 'refresh'] as const)
    await Promise.all(
      exhibits
        .filter((one) => one.kind === kind && !isInUse(one))
        .filter(isMeant)
        .map(tryOne),
    )
  underWay--
  show(exhibits)
}

async function tryOne(exhibit: Exhibit): Promise<void> {
  const trial = await ask(exhibit).catch(
    (): Trial => ({ at: Date.now(), verdict: 'unanswered', answer: 'no answer' }),
  )
  const present = exhibits.find(({ id }) => id === exhibit.id)
  if (exhibit.kind === 'access' && present?.token !== exhibit.token) return
  const known = present?.trials.filter(isAnswer) ?? []
  const [first] = known
  const isNews = first && first.verdict !== trial.verdict
  const trials = !isAnswer(trial) ? [...known, trial] : isNews ? [first, trial] : [trial]
  change(exhibit.id, { trials })
}

const isAnswer = ({ verdict }: Trial): boolean => verdict !== 'unanswered'

/** By its latest answer. A trial without an answer changes nothing. */
export const isRefused = ({ trials }: Exhibit): boolean =>
  trials.findLast(isAnswer)?.verdict === 'refused'

async function ask({ id, kind, token, owner }: Exhibit): Promise<Trial> {
  const response = await (kind === 'access' ? presentAccess(token) : presentRefresh(token))
  const body: unknown = await response.json().catch(() => null)
  if (response.ok && kind === 'refresh') keepBoth(body as TokenBody, id.split(' ')[0] ?? '', owner)
  // Anything else, such as a 429, says nothing about the token.
  const isRefusal = response.status === 400 || response.status === 401
  const verdict = response.ok ? 'accepted' : isRefusal ? 'refused' : 'unanswered'
  const { error_code: code = '' } = (body ?? {}) as Partial<ErrorBody>
  return { at: Date.now(), verdict, answer: `${response.status} ${code}`.trim() }
}

/** Without cookies, so that nothing but the token itself can be what is accepted. */
const plain: RequestInit = { credentials: 'omit', cache: 'no-store' }

const presentAccess = (token: string): Promise<Response> =>
  fetch(service + paths.user, { ...plain, headers: { Authorization: `Bearer ${token}` } })

const presentRefresh = (token: string): Promise<Response> =>
  postToken({ grant_type: 'refresh_token', refresh_token: token })

const postToken = (body: object): Promise<Response> =>
  fetch(service + paths.token, {
    ...plain,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })

function keepBoth(body: TokenBody, session: string, owner: string): void {
  keep({ id: `${session} access`, owner, kind: 'access', token: body.access_token })
  keep({ id: `${session} refresh`, owner, kind: 'refresh', token: body.refresh_token })
}

/** What this page calls the sessions that it has opened as test devices. To the service they are browsers like this one. */
const testDevices = new Map<string, string>()
const NO_ANSWER = 'The service did not answer.'

export const testDeviceName = (session: string): string => testDevices.get(session) ?? ''

/** Signs in a second time, as another device would. Resolves to the device's name, or to a sentence when that failed. */
export async function openTestDevice(
  email: string,
  password: string,
): Promise<{ name: string } | { trouble: string }> {
  try {
    const response = await postToken({ grant_type: 'password', email, password })
    const body: unknown = await response.json()
    if (!response.ok) return { trouble: (body as ErrorBody).msg ?? NO_ANSWER }
    const name = `Test device ${testDevices.size + 1}`
    const { sid: session } = claimsOf((body as TokenBody).access_token)
    testDevices.set(session, name)
    keepBoth(body as TokenBody, session, name)
    await tryAll()
    return { name }
  } catch {
    return { trouble: NO_ANSWER }
  }
}
