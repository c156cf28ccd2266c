/** Puts a request to Redis into words for a test's log: names and script SHAs, never keys or values. */
import { digests } from '../../src/crypto/digest.ts'

export interface RedisRequest {
  at: number
  path: string
  /** Upper-case names; EVAL and EVALSHA with the script's SHA behind a space. */
  commands: string[]
}

export function describeCommands(body: string): string[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return ['(not JSON)']
  }
  if (!Array.isArray(value)) return ['(not a command)']
  const commands: unknown[] = Array.isArray(value[0]) ? value : [value]
  return commands.map(describe)
}

function describe(command: unknown): string {
  const [first, script] = Array.isArray(command) ? command.map(String) : []
  const name = (first ?? '').toUpperCase()
  if (name.startsWith('EVALSHA')) return `${name} ${script}`
  if (name.startsWith('EVAL')) return `${name} ${digests.sha1Hex(script ?? '')}`
  return name
}
