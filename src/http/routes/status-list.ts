/** GET /statuslists/:id: which sessions ended, signed, for verifiers elsewhere (draft-ietf-oauth-status-list section 8). */

import type { Context } from 'hono'
import { statusListId } from '../../contract/bodies.ts'
import { SIGNED_LIST_TYPE } from '../../contract/media-types.ts'
import type { AppEnv } from '../environment.ts'
import { readParameter } from '../input.ts'
import { refused } from '../problem.ts'

export async function statusListRoute(c: Context<AppEnv>): Promise<Response> {
  const { ports, now, services } = c.var
  const id = readParameter(c, 'id', statusListId)
  if (!id.ok) return refused(c, id.error)
  // Section 8.4: `time` asks for the list of another time, which is not kept.
  if (c.req.query('time') !== undefined) return refused(c, { reason: 'history_unknown' })
  const contents = await ports.statusLists.read(id.value, now)
  if (!contents) return refused(c, { reason: 'path_unknown' })
  const { text, tag } = await ports.statusListTokens.publish(id.value, contents, now)

  // A cache may make a list older by a quarter of its life at most. The list's own times hold all the same.
  c.header('Cache-Control', `public, max-age=${Math.floor(services.rules.statusList.ttl / 4)}`)
  c.header('ETag', `W/"${tag}"`)
  c.header('Vary', 'Accept-Encoding', { append: true })
  c.header('Access-Control-Allow-Origin', '*')
  c.header('Content-Type', SIGNED_LIST_TYPE)
  const known = c.req.header('If-None-Match') ?? ''
  if (known.trim() === '*' || known.includes(`"${tag}"`)) return c.body(null, 304)
  return takesGzip(c.req.header('Accept-Encoding') ?? '') ? zipped(c, text) : c.body(text, 200)
}

/** RFC 9110 section 12.5.3; a weight of 0 means no. */
const takesGzip = (accepted: string): boolean =>
  accepted
    .toLowerCase()
    .split(',')
    .map((item) => item.split(';').map((part) => part.trim()))
    .some(([coding, weight]) => coding === 'gzip' && !/^q=0(\.0*)?$/.test(weight ?? ''))

/** Zipped here, since the edge only does so for types that it knows. */
async function zipped(c: Context<AppEnv>, text: string): Promise<Response> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  const body = await new Response(stream).arrayBuffer()
  c.header('Content-Encoding', 'gzip')
  const { headers } = c.body(null, 200)
  return new Response(body, { status: 200, headers, encodeBody: 'manual' })
}
