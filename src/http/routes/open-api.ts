/** GET /openapi.json: the contract as a document. `npm run openapi` makes it; this route adds the service's URL. */

import type { Context } from 'hono'
import { PUBLIC_MAX_AGE } from '../../domain/policy.ts'
import type { AppEnv } from '../environment.ts'

export async function openApiRoute(c: Context<AppEnv>): Promise<Response> {
  // Loaded only when somebody asks: loaded at the start, it would cost every isolate 2 ms.
  const { default: document } = await import('../../contract/openapi.json', {
    with: { type: 'json' },
  })
  c.header('Cache-Control', `public, max-age=${PUBLIC_MAX_AGE}`)
  // Anyone's script may read it: it is the same for all and says nothing of anybody.
  c.header('Access-Control-Allow-Origin', '*')
  return c.json({ ...document, servers: [{ url: c.var.services.url }] }, 200)
}
