/** Owns the reading of our Lua: which commands a script calls, and whether every key that it touches was named in KEYS. */

/** Commands whose arguments are all keys; of other commands only the first argument is one. */
const ALL_KEYS = ['DEL', 'UNLINK', 'EXISTS', 'MGET', 'TOUCH']

export const commandsOf = (source: string): string[] =>
  callsOf(source, 'redis.call').flatMap(([command = '']) => /^'(.+)'$/.exec(command)?.[1] ?? [])

/**
 * `command of key` for each key that a script makes up, instead of getting it in KEYS. A local is a key when it is set to an
 * entry of KEYS. A parameter of a local function counts as one, and each call of that function must pass a key for it.
 */
export function strayKeys(source: string): string[] {
  const functions = functionsOf(source)
  const known = new Set([
    ...localKeysOf(source),
    ...functions.flatMap(({ parameters }) => parameters),
  ])
  const isKey = (expression: string) =>
    /^KEYS\[.+\]$/.test(expression) || expression === 'unpack(KEYS)' || known.has(expression)

  const fromCalls = callsOf(source, 'redis.call').flatMap(([command = '', ...rest]) => {
    if (command.startsWith('unpack(')) return strayInTable(source, command, isKey)
    const name = command.replaceAll("'", '')
    const keys = ALL_KEYS.includes(name) ? rest : rest.slice(0, 1)
    return keys.filter((key) => !isKey(key)).map((key) => `${name} of ${key}`)
  })
  const fromFunctions = functions.flatMap(({ name, parameters, body }) => {
    const used = parameters.map((parameter) =>
      callsOf(body, 'redis.call').some(([, key]) => key === parameter),
    )
    return callsOf(source, name).flatMap((given) =>
      given
        .filter((expression, at) => used[at] && !isKey(expression))
        .map((key) => `${name} of ${key}`),
    )
  })
  return [...fromCalls, ...fromFunctions]
}

/** For `redis.call(unpack(entry))`, whose command stands in the table `entry`. */
function strayInTable(source: string, command: string, isKey: (key: string) => boolean): string[] {
  const table = command.slice('unpack('.length, -1)
  const [, items = ''] = new RegExp(`local ${table} = \\{(.*?)\\}`).exec(source) ?? []
  const [name = 'unpack', key = table] = split(items)
  return isKey(key) ? [] : [`${name} of ${key}`]
}

/** `local a, b = KEYS[1], ARGV[2]` makes `a` a key. */
const localKeysOf = (source: string): string[] =>
  [...source.matchAll(/^\s*local ([\w, ]+) = (.+)$/gm)].flatMap(([, names = '', values = '']) => {
    const given = split(values)
    return split(names).filter((_, at) => /^KEYS\[[^[\]]+\]$/.test(given[at] ?? ''))
  })

/** Top-level local functions. Each ends at the first line that begins with `end`, or that ends with ` end`. */
const functionsOf = (source: string) =>
  [...source.matchAll(/^local function (\w+)\(([^)]*)\)([\s\S]*?)(?:^end| end$)/gm)].map(
    ([, name = '', parameters = '', body = '']) => ({ name, parameters: split(parameters), body }),
  )

/** The arguments of every call of a function, as texts. Its own definition is no call. */
function callsOf(source: string, name: string): string[][] {
  const calls: string[][] = []
  const opening = `${name}(`
  for (let at = source.indexOf(opening); at >= 0; at = source.indexOf(opening, at + 1)) {
    const before = source.slice(0, at)
    if (/\w$/.test(before) || /function $/.test(before)) continue
    const start = at + opening.length
    let depth = 1
    let end = start
    for (; depth > 0 && end < source.length; end++)
      depth += '([{'.includes(source[end] ?? '') ? 1 : ')]}'.includes(source[end] ?? '') ? -1 : 0
    calls.push(split(source.slice(start, end - 1)))
  }
  return calls
}

/** Splits at the commas outside of brackets and quotes. */
function split(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let part = ''
  for (const sign of list) {
    if (sign === "'") quoted = !quoted
    if (!quoted && '([{'.includes(sign)) depth++
    if (!quoted && ')]}'.includes(sign)) depth--
    if (sign === ',' && depth === 0 && !quoted) {
      parts.push(part.trim())
      part = ''
    } else part += sign
  }
  return part.trim() === '' ? parts : [...parts, part.trim()]
}
