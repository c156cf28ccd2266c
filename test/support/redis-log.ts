/** Puts a request to Redis into words for a test's log: names and script SHAs, never keys or values. */

export async function describeCommands(body: string): Promise<string[]> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return ['(not JSON)']
  }
  if (!Array.isArray(value)) return ['(not a command)']
  const commands: unknown[] = Array.isArray(value[0]) ? value : [value]
  return Promise.all(commands.map(describe))
}

async function describe(command: unknown): Promise<string> {
  const [first, script] = Array.isArray(command) ? command.map(String) : []
  const name = (first ?? '').toUpperCase()
  if (name.startsWith('EVALSHA')) return `${name} ${script}`
  if (name.startsWith('EVAL')) return `${name} ${await sha1(script ?? '')}`
  return name
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Buffer.from(digest).toString('hex')
}
