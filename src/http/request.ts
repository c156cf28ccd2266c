/** Owns what surrounds every request: its id, its time, its log line, and what is done after the answer. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { timeout } from 'hono/timeout'
import { headers } from '../contract/headers.ts'
import type { AuditEvent } from '../domain/audit.ts'
import { type FaultRoute, StoreFault } from '../domain/fault.ts'
import { REQUEST_TIMEOUT_MS } from '../domain/policy.ts'
import { originOf } from './device.ts'
import type { AppEnv, Services } from './environment.ts'
import { createRequestLimiter, showCounts } from './rate-limit.ts'

/** An id that a caller may bring along, so that two logs can be put together. */
const ACCEPTED_ID = /^[A-Za-z0-9_-]{8,64}$/

export const beginRequest = (services: Services) =>
  createMiddleware<AppEnv>(async function beginRequest(c, next) {
    const brought = c.req.header(headers.requestId)
    const own = services.ports.newId()
    const requestId = brought && ACCEPTED_ID.test(brought) ? brought : own
    const now = services.now()
    const limiter = createRequestLimiter(services.counter)
    const events: AuditEvent[] = []
    c.set('services', services)
    c.set('requestId', requestId)
    c.set('now', now)
    // What is written down tells this very call from any other, whatever id the caller gave to several.
    c.set('origin', originOf(c, requestId === own ? own : `${requestId}.${own.slice(0, 8)}`))
    c.set('ports', { ...services.ports, limiter, journal: { record: (e) => events.push(e) } })
    c.header(headers.requestId, requestId)
    // RFC 9111 section 5.2.2.5; what may be cached says so itself.
    c.header('Cache-Control', 'no-store')

    await next()

    showCounts(c, limiter.counts, now)
    logRequest(c)
    afterAnswer(c, [
      ...limiter.returns.map((giveBack) => giveBack()),
      ...(events.length > 0 ? [services.ports.auditLog.append(events)] : []),
    ])
  })

/** A whole request ends in time, whatever it waits for. What it had begun may still happen, so this is a fault. */
export const endInTime = timeout(
  REQUEST_TIMEOUT_MS,
  () => new HTTPException(503, { cause: new StoreFault('slow', 'the request took too long') }),
)

/** From here on a fault is answered as this route's. */
export const faultsAs = (route: FaultRoute) =>
  createMiddleware<AppEnv>(async function faultsAs(c, next) {
    c.set('faultRoute', route)
    await next()
  })

/** Without the query, and of each part only what may be a name or an id: an address or a token may be there by mistake. */
const plainPath = (path: string): string =>
  path
    .split('/')
    .map((part) => (/^[\w.~-]{0,40}$/.test(part) ? part : '*'))
    .join('/')
    .slice(0, 200)

function logRequest(c: Context<AppEnv>): void {
  const { services, requestId, now, token, logoutProof, client, errorCode, refusal } = c.var
  const caller = token ?? logoutProof?.token
  const { status } = c.res
  services.log({
    level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    event: 'request',
    request_id: requestId,
    method: c.req.method,
    path: plainPath(c.req.path),
    status,
    ms: services.now() - now,
    error_code: errorCode ?? null,
    reason: refusal ?? null,
    subject: caller?.subject ?? null,
    session: caller?.session ?? null,
    client: client?.id ?? null,
  })
}

/** Keeps going after the answer where the runtime can; a failure here is logged and changes nothing that was answered. */
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

function keepAlive(c: Context<AppEnv>, work: Promise<void>): void {
  try {
    c.executionCtx.waitUntil(work)
  } catch {
    // Mounted where there is no execution context, such as Node: there the work goes on by itself.
  }
}
