/** GET /openapi.json: the contract as a document. `npm run openapi` makes it; this route adds the service's URL. */

import type { Context } from 'hono'
import type { AppEnv } from '../environment.ts'
import { openToAll } from '../public-answer.ts'

export async function openApiRoute(c: Context<AppEnv>): Promise<Response> {
  // Loaded only when somebody asks: loaded at the start, it would cost every isolate 2 ms.
  const { default: document } = await import('../../contract/openapi.json', {
    with: { type: 'json' },
  })
  openToAll(c)
  return c.json({ ...document, servers: [{ url: c.var.services.url }] }, 200)
}
