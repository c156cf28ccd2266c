/** GET /user/events: the log of one's own account. */

import type { Context } from 'hono'
import type { EventsBody } from '../../contract/answers.ts'
import { eventsQuery } from '../../contract/bodies.ts'
import { ownEvents } from '../../domain/own-events.ts'
import { eventBody } from '../answers.ts'
import { personOf } from '../authenticate.ts'
import type { AppEnv } from '../environment.ts'
import { readQuery } from '../input.ts'
import { refused } from '../problem.ts'

export async function listEventsRoute(c: Context<AppEnv>): Promise<Response> {
  const query = readQuery(c, eventsQuery)
  if (!query.ok) return refused(c, query.error)
  const { per_page: limit, after } = query.value
  const page = { limit, after: after ?? null }
  const { events, next } = await ownEvents(c.var.ports, personOf(c), page, c.var.now)
  return c.json({ events: events.map(eventBody), next } satisfies EventsBody, 200)
}
