/** Owns a strict reader of RFC 9651 Lists of Strings with Integer parameters, as rate limit fields are. Throws at all else. */

export interface Item {
  name: string
  parameters: Record<string, number>
}

const STRING = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/
const PARAMETER = /^; *([a-z*][a-z0-9_.*-]*)=(-?\d{1,15})(?![\d.])/

export function parseList(field: string): Item[] {
  const items: Item[] = []
  let rest = field
  for (;;) {
    const [text, name = ''] = STRING.exec(rest) ?? []
    if (text === undefined) throw new SyntaxError(`no String at '${rest}'`)
    rest = rest.slice(text.length)
    const parameters: Record<string, number> = {}
    for (let match = PARAMETER.exec(rest); match; match = PARAMETER.exec(rest)) {
      const [whole, key = '', value] = match
      if (key in parameters) throw new SyntaxError(`'${key}' stands there twice`)
      parameters[key] = Number(value)
      rest = rest.slice(whole.length)
    }
    items.push({ name, parameters })
    if (rest === '') return items
    const [comma] = /^[ \t]*,[ \t]*(?=.)/.exec(rest) ?? []
    if (comma === undefined) throw new SyntaxError(`no comma at '${rest}'`)
    rest = rest.slice(comma.length)
  }
}

const only = (item: Item, required: string[], optional: string[] = []) => {
  const names = Object.keys(item.parameters)
  for (const name of required)
    if (!names.includes(name)) throw new SyntaxError(`'${item.name}' has no ${name}`)
  for (const name of names) {
    if (![...required, ...optional].includes(name))
      throw new SyntaxError(`'${item.name}' has an unknown ${name}`)
    if ((item.parameters[name] ?? -1) < 0) throw new SyntaxError(`${name} is negative`)
  }
}

export interface Quota {
  name: string
  /** `q` calls in `w` seconds. */
  q: number
  w: number
  /** `r` calls are left; more become available in `t` seconds. */
  r: number
  t: number
}

/** Both fields of one answer, checked against draft-ietf-httpapi-ratelimit-headers-11 and against each other. */
export function readRateLimits(headers: Headers): Quota[] {
  const policies = parseList(headers.get('RateLimit-Policy') ?? '')
  const limits = parseList(headers.get('RateLimit') ?? '')
  for (const policy of policies) only(policy, ['q', 'w'])
  for (const limit of limits) only(limit, ['r', 't'])
  return limits.map(({ name, parameters: { r = 0, t = 0 } }) => {
    const matching = policies.filter((policy) => policy.name === name)
    if (matching.length !== 1) throw new SyntaxError(`'${name}' has ${matching.length} policies`)
    const { q = 0, w = 0 } = matching[0]?.parameters ?? {}
    if (w === 0) throw new SyntaxError('w must be more than 0')
    if (r > q) throw new SyntaxError('more is left than there ever was')
    return { name, q, w, r, t }
  })
}
