/**
 * Stands between the service under test and the local Redis endpoint, in Node: gives each test case a
 * database of its own, writes down every request, and breaks on demand. Understands no reply.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { askOf, type RedisEndpoint } from '../../src/dev/redis-endpoint.ts'
import { cutScripts } from './cut-scripts.ts'
import { breakAnswer, type Fault, isFault } from './redis-faults.ts'
import { describeCommands, type RedisRequest } from './redis-log.ts'

interface Case {
  database: number
  /** Path at the endpoint. */
  prefix: string
  log: RedisRequest[]
  fault: Fault | undefined
  /** Requests since the fault was set, broken ones too; inspections do not count. */
  since: number
  /** Requests still in work, even if nobody waits for them any more. */
  underway: Set<Promise<void>>
}

/** The same as the header `x-inspect: 1`, for clients that cannot set one: such a request is not logged and meets no fault. */
const inspectPath = '/~inspect'

/** A late replica's database is 2048 above its case's: with more cases, the two would share databases. */
const maxCases = 2047

export async function startRedisProxy({ upstream }: { upstream: RedisEndpoint }) {
  const cases = new Map<string, Case>()
  const ran = new Set<string>()

  async function openCase(lateMs: number | undefined): Promise<string> {
    const database = cases.size + 1
    if (database > maxCases) throw new Error(`more than ${maxCases} test cases`)
    const id = String(database)
    const late = lateMs === undefined ? '' : `/late/${lateMs}`
    cases.set(id, {
      database,
      prefix: `/db/${database}${late}`,
      log: [],
      fault: undefined,
      since: 0,
      underway: new Set(),
    })
    return id
  }

  async function relay(
    { one, path, isInspection }: { one: Case; path: string; isInspection: boolean },
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const body = await readAll(request)
    const commands = describeCommands(body)
    for (const command of commands) {
      const [, sha] = command.split(' ')
      if (sha) ran.add(sha)
    }
    let fault: Fault | undefined
    if (!isInspection) {
      one.log.push({ at: Date.now(), path: path || '/', commands })
      if (one.fault && isDue(one.fault, one.since++)) fault = one.fault
    }
    const sent = fault?.cut ? cutScripts(body, fault.cut) : body
    const pass = () =>
      upstream.answer({
        ...askOf(request),
        target: one.prefix + path,
        body: async () => sent,
      })
    if (fault) {
      const isPipeline = /^\/(pipeline|multi-exec)/.test(path)
      return breakAnswer(fault, response, { isPipeline, commandCount: commands.length }, pass)
    }
    const { status, syncToken, text } = await pass()
    response.writeHead(status, {
      'content-type': 'application/json',
      'upstash-sync-token': syncToken,
    })
    response.end(text)
  }

  async function control(one: Case, what: string, request: IncomingMessage): Promise<unknown> {
    switch (`${request.method} ${what}`) {
      case 'GET ~log':
        return one.log
      case 'DELETE ~log':
        one.log = []
        return {}
      case 'PUT ~fault': {
        const fault: unknown = JSON.parse(await readAll(request))
        if (!isFault(fault)) return undefined
        one.fault = fault
        one.since = 0
        return {}
      }
      case 'GET ~settled':
        await Promise.allSettled(one.underway)
        await upstream.caughtUp(one.database)
        return {}
      case 'DELETE ~fault':
        one.fault = undefined
        return {}
      default:
        return undefined
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/'
    if (target === '/cases' && request.method === 'POST') {
      const { lateMs } = JSON.parse((await readAll(request)) || '{}') as { lateMs?: number }
      const id = await openCase(lateMs)
      return json(response, 201, { id, url: `${url}/case/${id}` })
    }
    const [, id = '', rest = ''] = /^\/case\/(\d+)(\/.*)?$/.exec(target) ?? []
    const one = cases.get(id)
    if (!one) return json(response, 404, { error: 'no such case' })
    const isInspection = rest.startsWith(inspectPath) || request.headers['x-inspect'] === '1'
    const path = rest.startsWith(inspectPath) ? rest.slice(inspectPath.length) : rest
    if (!path.startsWith('/~')) {
      const work = relay({ one, path, isInspection }, request, response)
      one.underway.add(work)
      return work.finally(() => one.underway.delete(work))
    }
    const result = await control(one, rest.slice(1), request)
    return result === undefined
      ? json(response, 400, { error: 'no such control' })
      : json(response, 200, result)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => json(response, 502, { error: String(error) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    /** The SHAs of all scripts that were asked for. */
    ran,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const isDue = ({ after = 0, times = Number.POSITIVE_INFINITY }: Fault, since: number): boolean =>
  since >= after && since < after + times

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function json(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
