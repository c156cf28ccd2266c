/** The Upstash REST protocol as text: paths, bodies, encoding. No sockets, no Redis. */
import type { Reply } from './reply.ts'

export interface Route {
  database: number
  /** Set when the database has a late replica: by how much. */
  lateMs: number | undefined
  verb: 'command' | 'pipeline' | 'multi-exec'
}

const pathPattern = /^(?:\/db\/(\d{1,4})(?:\/late\/(\d{1,6}))?)?\/?(pipeline|multi-exec)?$/

export function parsePath(path: string): Route | undefined {
  const match = pathPattern.exec(path)
  if (!match) return undefined
  const [, database = '0', late, verb = 'command'] = match
  return {
    database: Number(database),
    lateMs: late === undefined ? undefined : Number(late),
    verb: verb as Route['verb'],
  }
}

/** The commands of a body; a sentence when it is not what the path asks for. */
export function parseCommands(verb: Route['verb'], body: string): string[][] | string {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return 'ERR failed to parse JSON request'
  }
  const list: unknown = verb === 'command' ? [value] : value
  if (!Array.isArray(list) || list.length === 0) return 'ERR failed to parse pipeline request'
  const isCommand = (item: unknown) => Array.isArray(item) && item.length > 0
  if (!list.every(isCommand)) return 'ERR failed to parse command'
  return list.map((command: unknown[]) => command.map(argument))
}

/** Clients send numbers and booleans as they are; Redis knows text only. */
function argument(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** Base64 for every text but the status OK on its own, which stays as it is. */
export function encodeReply(reply: Reply | Error, base64: boolean, isTop = true): unknown {
  if (Array.isArray(reply)) return reply.map((item) => encodeReply(item, base64, false))
  // Inside an array, as EXEC has them, real Redis can answer with errors.
  if (reply instanceof Error) return reply.message
  if (reply === null || typeof reply === 'number') return reply
  const bytes = Buffer.from(reply as string)
  if (!base64 || (isTop && bytes.toString() === 'OK')) return bytes.toString()
  return bytes.toString('base64')
}
