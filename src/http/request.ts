/** Owns what surrounds every request: its id, its time, its log line, and what is done after the answer. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { timeout } from 'hono/timeout'
import { headers } from '../contract/headers.ts'
import type { AuditEvent } from '../domain/audit.ts'
import { REQUEST_TIMEOUT_MS } from '../domain/policy.ts'
import type { AppEnv, Services } from './environment.ts'
import type { FaultRoute } from './fault-words.ts'
import { RequestTimeout } from './problem.ts'
import { createRequestLimiter, showCounts } from './rate-limit.ts'

/** RFC 9110 section 9.2.1: they change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The form of a request id that a caller may choose, so that it can match its own log with ours. */
const ACCEPTED_ID = /^[A-Za-z0-9_-]{8,64}$/

/**
 * On every answer, unless its route sets another value: RFC 9111 section 5.2.2.5, and what an API's answers need by the OWASP
 * REST Security Cheat Sheet. Set one by one before the answer is made: hono/secure-headers sets a dozen afterwards, which was a
 * twentieth of a logout's profile.
 */
const HEADERS = Object.entries({
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
})

export const beginRequest = (services: Services) =>
  createMiddleware<AppEnv>(async function beginRequest(c, next) {
    const brought = c.req.header(headers.requestId)
    const own = services.ports.newId()
    const requestId = brought && ACCEPTED_ID.test(brought) ? brought : own
    const now = services.now()
    const limiter = createRequestLimiter(services.counter, (counts) => showCounts(c, counts, now))
    const events: AuditEvent[] = []
    c.set('services', services)
    c.set('requestId', requestId)
    c.set('now', now)
    c.set('callId', requestId === own ? own : `${requestId}.${own.slice(0, 8)}`)
    c.set('ports', { ...services.ports, limiter, journal: { record: (e) => events.push(e) } })
    c.set('afterwards', () => [
      ...limiter.returnCounts(),
      ...events.map((event) => services.ports.auditLog.append(event)),
    ])
    c.header(headers.requestId, requestId)
    for (const [name, value] of HEADERS) c.header(name, value)

    await next()
    logRequest(c)
  })

/** A whole request ends in time, whatever it waits for. */
export const endInTime = timeout(REQUEST_TIMEOUT_MS, () => new RequestTimeout())

/** Runs inside endInTime: when that cuts a route short, the route still runs to its end here, and then `afterwards` starts. */
export const finishWork = createMiddleware<AppEnv>(async function finishWork(c, next) {
  const done = next()
  // When a caller hangs up, Workers drops the rest of the work. This keeps it: a logout finishes though its tab was closed.
  if (!SAFE_METHODS.has(c.req.method)) keepAlive(c, done)
  await done
  afterAnswer(c, c.get('afterwards')())
})

/** From here on a fault is answered as this route's. */
export const faultsAs = (route: FaultRoute) =>
  createMiddleware<AppEnv>(function faultsAs(c, next) {
    c.set('faultRoute', route)
    return next()
  })

/** The path for the log, without its query. A part too long or too odd for a name or an id may be a token or an address: `*`. */
const plainPath = (path: string): string =>
  path.replace(/\/(?:[^/]{41,}|[^/]*[^\w.~/-][^/]*)/g, '/*').slice(0, 200)

function logRequest(c: Context<AppEnv>): void {
  const services = c.get('services')
  const proofs = c.get('logoutProofs')
  const caller = c.get('token') ?? proofs?.access ?? proofs?.refresh?.token
  const { status } = c.res
  services.log({
    level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    event: 'request',
    request_id: c.get('requestId'),
    method: c.req.method,
    path: plainPath(c.req.path),
    status,
    ms: services.now() - c.get('now'),
    error_code: c.get('errorCode') ?? null,
    reason: c.get('refusal') ?? null,
    subject: caller?.subject ?? null,
    session: caller?.session ?? null,
    client: c.get('client')?.id ?? null,
  })
}

/** Lets the work go on after the answer, where the runtime can. A failure is logged; the answer has gone out already. */
function afterAnswer(c: Context<AppEnv>, work: Promise<unknown>[]): void {
  if (work.length === 0) return
  const done = Promise.allSettled(work).then((results) => {
    const failed = results.filter(({ status }) => status === 'rejected').length
    if (failed > 0)
      c.get('services').log({
        level: 'error',
        event: 'after_answer_failed',
        request_id: c.get('requestId'),
        failed,
      })
  })
  keepAlive(c, done)
}

/** Ignores a failure of the work: whoever awaits the work handles it. */
function keepAlive(c: Context<AppEnv>, work: Promise<void>): void {
  try {
    c.executionCtx.waitUntil(work.catch(() => {}))
  } catch {
    // Mounted where there is no execution context, such as Node: there the work goes on by itself.
  }
}
