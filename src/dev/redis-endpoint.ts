/** A local HTTP server that speaks the Upstash REST protocol. Decides nothing about Redis itself. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLateReplica } from './late-replica.ts'
import type { Backend } from './redis-backend.ts'
import type { Reply } from './reply.ts'
import { encodeReply, parseCommands, parsePath, type Route } from './rest-protocol.ts'

/** As at Upstash. */
const maxBodyBytes = 10 * 1024 * 1024

/** A request, however it came. */
export interface Ask {
  method: string
  /** Path, and perhaps a query that is ignored. */
  target: string
  authorization: string | undefined
  /** How the answer has its strings: `base64`, or anything else for plain text. */
  encoding: string | undefined
  /** Undefined when the body is too long. */
  body: () => Promise<string | undefined>
}

interface RedisAnswer {
  status: number
  /** Of the header `upstash-sync-token`. */
  syncToken: string
  text: string
}

export interface RedisEndpoint {
  url: string
  token: string
  /** What the server answers, without the way over HTTP. Never throws. */
  answer(ask: Ask): Promise<RedisAnswer>
  /** Resolves when a late replica has heard of what was written to a database until now. */
  caughtUp(database: number): Promise<void>
  backendDescription: string
  /** Whether there was a request with the right token. */
  wasAsked(): boolean
  /** Closes the server, not the backend, which whoever opened it closes. */
  close(): Promise<void>
}

interface Options {
  backend: Backend
  token: string
  /** 0: any free one. */
  port?: number
}

interface Answer {
  status: number
  body: unknown
}

const problem = (status: number, error: string): Answer => ({ status, body: { error } })

export async function startRedisEndpoint({
  backend,
  token,
  port = 0,
}: Options): Promise<RedisEndpoint> {
  const replica = createLateReplica(backend)
  let served = 0
  let isKnown = false

  const run = ({ database, lateMs }: Route, command: string[]): Promise<Reply> =>
    lateMs === undefined ? backend.run(database, command) : replica.run(database, lateMs, command)
  const transact = ({ database, lateMs }: Route, commands: string[][]) =>
    lateMs === undefined
      ? backend.transact(database, commands)
      : replica.transact(database, lateMs, commands)

  async function decide(ask: Ask): Promise<Answer> {
    if (ask.method !== 'POST') return problem(405, 'Method not allowed')
    const [scheme = '', given] = (ask.authorization ?? '').split(' ')
    if (scheme.toLowerCase() !== 'bearer' || !given) return problem(401, 'Unauthorized')
    if (given !== token) return problem(401, 'WRONGPASS invalid or missing auth token')
    isKnown = true
    const route = parsePath(ask.target.split('?')[0] ?? '/')
    if (!route) return problem(404, 'ERR no such path')
    const body = await ask.body()
    if (body === undefined) return problem(413, 'ERR max request size exceeded')
    const commands = parseCommands(route.verb, body)
    if (typeof commands === 'string') return problem(400, commands)

    const base64 = ask.encoding === 'base64'
    const item = (reply: Reply | Error) =>
      reply instanceof Error ? { error: reply.message } : { result: encodeReply(reply, base64) }
    try {
      if (route.verb === 'multi-exec') {
        return { status: 200, body: (await transact(route, commands)).map(item) }
      }
      const attempts = commands.map((command) => run(route, command))
      if (route.verb === 'command') {
        const [first] = await Promise.all(attempts)
        return { status: 200, body: item(first ?? null) }
      }
      const settled = await Promise.all(attempts.map((attempt) => attempt.catch(asError)))
      return { status: 200, body: settled.map(item) }
    } catch (error) {
      return problem(400, asError(error).message)
    }
  }

  async function answer(ask: Ask): Promise<RedisAnswer> {
    const { status, body } = await decide(ask).catch((error) =>
      problem(500, asError(error).message),
    )
    return { status, syncToken: `local-${++served}`, text: JSON.stringify(body) }
  }

  const server = createServer((request, response) => {
    answer(askOf(request))
      .then((result) => send(response, result))
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    answer,
    caughtUp: (database) => replica.caughtUp(database),
    backendDescription: backend.description,
    wasAsked: () => isKnown,
    async close() {
      replica.close()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const asError = (cause: unknown): Error =>
  cause instanceof Error ? cause : new Error(String(cause))

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  // Read to the end even when it is too much: an unread body would cut the connection before the answer.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxBodyBytes) chunks.push(chunk)
  }
  return size > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}

export const askOf = (request: IncomingMessage): Ask => ({
  method: request.method ?? '',
  target: request.url ?? '/',
  authorization: request.headers.authorization,
  encoding: String(request.headers['upstash-encoding'] ?? ''),
  body: () => readBody(request),
})

function send(response: ServerResponse, { status, text, syncToken }: RedisAnswer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'upstash-sync-token': syncToken,
    ...(status === 405 ? { allow: 'POST' } : {}),
  })
  response.end(text)
}
