/** Command by command, where ioredis-mock strays from Redis: put right here, or refused. Holds no data. */
type Native = (name: string, ...args: string[]) => Promise<unknown>

const invalidInteger = 'ERR value is not an integer or out of range'

const typesByCommand: [type: string, names: RegExp][] = [
  ['string', /^(GET|GETDEL|GETEX|GETSET|GETBIT|SETBIT|GETRANGE|STRLEN|BITCOUNT|APPEND)$/],
  ['string', /^(INCR|DECR)(BY)?$/],
  ['hash', /^H(?!ELLO)/],
  ['zset', /^Z/],
  ['set', /^S(ADD|REM|CARD|ISMEMBER|MEMBERS)$/],
  // The mock calls a stream a list.
  ['list', /^(X|L(PUSH|POP|LEN|RANGE)|R(PUSH|POP))/],
]

export function expectedType(name: string): string | undefined {
  return typesByCommand.find(([, names]) => names.test(name))?.[0]
}

/**
 * The mock takes the members `-` and `+` for the two infinities, so their neighbours stand in for them:
 * `ÿÿÿÿ` is in no UTF-8, and nothing comes between a text and the same text with a zero byte.
 */
export const lexicalBounds: Record<string, string> = {
  '[-': '(,ÿÿÿÿ',
  '(-': '[-\0',
  '[+': '(+\0',
  '(+': '(*ÿÿÿÿ',
}
const lexical = ([from = '', to = '', ...options]: string[]): string[] => [
  lexicalBounds[from] ?? from,
  lexicalBounds[to] ?? to,
  ...options,
]

const upper = (words: string[]): string[] => words.map((word) => word.toUpperCase())

function refuse(name: string, words: string[], unable: string[]): void {
  const word = words.find((candidate) => unable.includes(candidate))
  if (word) throw new Error(`ERR the embedded Redis cannot do ${name} with ${word}`)
}

export async function mend(native: Native, name: string, args: string[]): Promise<unknown> {
  const [key = '', ...rest] = args
  switch (name) {
    case 'SET':
      return set(native, key, rest[0] ?? '', upper(rest.slice(1)))
    case 'INCR':
    case 'INCRBY':
    case 'DECR':
    case 'DECRBY': {
      const present = await native('get', key)
      const isInteger = (text: unknown) => /^-?\d+$/.test(String(text))
      if (!isInteger(present ?? 0) || !isInteger(rest[0] ?? 0)) throw new Error(invalidInteger)
      return native(name, ...args)
    }
    case 'GETEX':
    case 'SCAN':
      return native(name, key, ...upper(rest))
    case 'XRANGE':
    case 'XREVRANGE':
      return range(native, name, args)
    case 'EXPIRE':
    case 'PEXPIRE':
    case 'EXPIREAT':
    case 'PEXPIREAT':
      refuse(name, upper(rest.slice(1)), ['NX', 'XX', 'GT', 'LT'])
      return native(name, ...args)
    case 'ZADD': {
      const options = upper(rest.filter((word) => /^(nx|xx|ch|gt|lt|incr)$/i.test(word)))
      refuse(name, options, ['GT', 'LT', 'INCR'])
      return native(name, key, ...options, ...rest.slice(options.length))
    }
    case 'ZREM':
    case 'ZREMRANGEBYSCORE':
    case 'ZREMRANGEBYRANK': {
      const removed = await native(name, ...args)
      if ((await native('zcard', key)) === 0) await native('del', key)
      return removed
    }
    case 'BITCOUNT': {
      if (rest.length > 0) throw new Error('ERR the embedded Redis cannot do BITCOUNT with a range')
      const bytes = Buffer.from(String((await native('get', key)) ?? ''), 'latin1')
      const ones = [...bytes].map((byte) => byte.toString(2).replaceAll('0', ''))
      return ones.join('').length
    }
    case 'ZRANGEBYLEX':
      return native(name, key, ...lexical(rest))
    case 'ZLEXCOUNT':
      return ((await native('zrangebylex', key, ...lexical(rest))) as unknown[]).length
    case 'XADD':
      return append(native, key, rest)
    case 'TYPE': {
      const type = await native('type', key)
      return type === 'list' ? 'stream' : type
    }
    default:
      return native(name, ...args)
  }
}

async function set(native: Native, key: string, value: string, options: string[]) {
  const expiry = options.findIndex((word) => /^(EX|PX|EXAT|PXAT)$/.test(word))
  if (expiry >= 0) {
    const span = options[expiry + 1] ?? ''
    if (!/^-?\d+$/.test(span)) throw new Error(invalidInteger)
    if (Number(span) <= 0) throw new Error("ERR invalid expire time in 'set' command")
  }
  if (!options.includes('KEEPTTL')) return native('set', key, value, ...options)
  const left = Number(await native('pttl', key))
  const others = options.filter((word) => word !== 'KEEPTTL')
  return native('set', key, value, ...others, ...(left > 0 ? ['PX', String(left)] : []))
}

/** Ids are times, as in Redis, where the mock would count; two in one millisecond become neighbours. */
async function append(native: Native, key: string, words: string[]): Promise<unknown> {
  const star = words.indexOf('*')
  if (star < 0) throw new Error('ERR the embedded Redis makes stream ids itself: use *')
  const options = upper(words.slice(0, star))
  refuse('XADD', options, ['NOMKSTREAM', 'MINID', 'LIMIT'])
  const newest = (await native('xrevrange', key, '+', '-', 'COUNT', '1')) as [string, string[]][]
  const after = newest[0] ? Number.parseInt(newest[0][0], 10) + 1 : 0
  const id = String(Math.max(Date.now(), after))
  const added = await native('xadd', key, ...options, id, ...words.slice(star + 1))
  // Bookkeeping of the mock for XREAD, which would stay for good.
  await native('del', `stream:${key}:${added}`)
  return added
}

/** The mock compares the time part only, and knows no `(`. Every id of ours ends in -0. */
async function range(native: Native, name: string, args: string[]): Promise<unknown> {
  const [key = '', from = '', to = '', ...options] = args
  const bound = (text: string, inward: number): string => {
    if (text === '-' || text === '+') return text
    const isExclusive = text.startsWith('(')
    const time = Number.parseInt(isExclusive ? text.slice(1) : text, 10)
    return String(isExclusive ? time + inward : time)
  }
  const step = name === 'XRANGE' ? 1 : -1
  return native(name, key, bound(from, step), bound(to, -step), ...upper(options))
}
