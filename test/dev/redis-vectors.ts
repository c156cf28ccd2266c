/** Commands in the order they run, each of which both engines must answer alike. Data only. */
const far = String((Math.floor(Date.now() / 1000) + 3600) * 1000)
const ms = '1763799999999'

/** A script as the service writes them. */
const lua = (body: string, keys: string[], ...args: string[]): string[] => [
  'EVAL',
  `#!lua flags=allow-key-locking\n${body}`,
  String(keys.length),
  ...keys,
  ...args,
]

const words = (line: string): string[] => line.split(' ')

export const strings: string[][] = [
  ...['SET a 1', 'get a', 'GET none', 'SET u é✓', 'GET u', 'MGET a none u'].map(words),
  ['SET', 'empty', ''],
  ['GET', 'empty'],
  ...['set x v ex 60', 'TTL x', 'set x w nx', 'SET x w KEEPTTL', 'TTL x', 'PTTL none'].map(words),
  ...[`SET y 1 PXAT ${far}`, 'EXISTS y y none', 'SET z 1 NX PX 5000', 'SET z 2 XX'].map(words),
  ...['SET k 1 EX 0', 'SET k 1 EX abc', `PEXPIREAT a ${far}`, 'PERSIST a', 'TTL a'].map(words),
  ...['PEXPIREAT a 1000', 'EXISTS a', 'PEXPIREAT none 1000', 'EXPIRE u 100', 'TTL u'].map(words),
  ...['INCR c', 'INCRBY c 5', 'DECR c', 'GET c', 'INCR u', 'DEL c u none', 'UNLINK c'].map(words),
  ...['SETBIT b 7 1', 'SETBIT b 0 1', 'SETBIT b 100 1', 'SETBIT b 0 0', 'SETBIT b 8 1'].map(words),
  ...['GETBIT b 100', 'GETBIT b 999', 'BITCOUNT b', 'GET b', 'STRLEN b', 'SETBIT b 1 2'].map(words),
  ...['SETBIT b 8191 1', 'STRLEN b', 'GETDEL x', 'EXISTS x', 'SETEX e 10 v', 'TTL e'].map(words),
]

export const hashes: string[][] = [
  ...['HSET h a 1 b 2 c é', 'HSET h a 9 d 4', 'HGET h a', 'HGET h zz', 'HGET none a'].map(words),
  ...['HMGET h a zz b', 'HMGET none a', 'HGETALL h', 'hgetall none', 'HDEL h a zz'].map(words),
  ...['HLEN h', 'HINCRBY h b 3', 'HINCRBY h new -3', 'HEXISTS h b', 'HSETNX h b 1'].map(words),
  ...['GET h', 'ZADD h 1 m', 'TYPE h', 'HDEL h b c d new', 'EXISTS h'].map(words),
]

export const sortedSets: string[][] = [
  ...[`ZADD s 1 a 2 b 3 c 3 d ${ms} e`, 'ZADD s 5 a', 'ZADD s NX 7 a', 'zadd s ch 8 a'].map(words),
  ...['ZSCORE s a', 'ZSCORE s none', 'ZSCORE none a', 'ZSCORE s e', 'ZCARD s', 'ZCARD none'].map(
    words,
  ),
  ...['ZCOUNT s -inf 3', 'ZCOUNT s (3 +inf', 'ZRANGE s 0 -1', 'ZRANGE s 0 -1 WITHSCORES'].map(
    words,
  ),
  ...['ZRANGE s 0 0 REV', 'zrange s +inf -inf byscore rev limit 0 2', 'ZRANGE s 2 3 BYSCORE'].map(
    words,
  ),
  ...['ZRANGE s -inf +inf BYSCORE LIMIT 1 2 WITHSCORES', `ZRANGE s (3 ${ms} BYSCORE`].map(words),
  ...['ZREVRANGE s 0 1 WITHSCORES', 'ZRANGEBYSCORE s -inf 8 LIMIT 0 2', 'ZRANK s c'].map(words),
  ...['ZREVRANGEBYSCORE s +inf -inf LIMIT 0 2', 'ZREMRANGEBYSCORE s -inf 3', 'ZRANGE s 0 -1'].map(
    words,
  ),
  ...['ZREM s a e', 'EXISTS s', 'ZADD r 1 m', 'ZREMRANGEBYSCORE r -inf +inf', 'EXISTS r'].map(
    words,
  ),
  ...['ZADD l 0 aa 0 ab 0 b 0 c', 'ZRANGEBYLEX l [a [b', 'ZRANGEBYLEX l (aa +'].map(words),
  ...['ZRANGEBYLEX l - (b', 'ZRANGEBYLEX l - + LIMIT 1 2', 'ZLEXCOUNT l [a (b'].map(words),
  ...['ZADD m 0 + 0 +a 0 ,b 0 - 0 -c 0 d', 'ZRANGEBYLEX m [- +', 'ZRANGEBYLEX m (- +'].map(words),
  ...['ZRANGEBYLEX m - [+', 'ZRANGEBYLEX m - (+', 'ZLEXCOUNT m [- [-d', 'DEL m'].map(words),
  ...['ZRANGE l [a (b BYLEX', 'ZRANGE l + - BYLEX REV LIMIT 0 2', 'HGET l f'].map(words),
]

export const scripts: string[][] = [
  ...['1', 'nil', 'true', 'false', '3.7', '-3.7', '"text"', '{}'].map((v) =>
    lua(`return ${v}`, []),
  ),
  ...['{1,2,"x",false}', '{1,nil,3}', '{{1,"a"},{}}', '{ok="FINE"}', '{err="ERR bad"}'].map((v) =>
    lua(`return ${v}`, []),
  ),
  lua('return redis.error_reply("MY thing")', []),
  lua('local r = {} for i = 1, 5 do r[#r + 1] = i * 2 end return r', []),
  lua('local r = {} for i, k in ipairs(KEYS) do r[i] = redis.call("GET", k) end return r', [
    'y',
    'n',
  ]),
  lua('return {redis.call("GET", KEYS[1]) == false and 1, 2}', ['none']),
  lua('return {redis.call("HGET", KEYS[1], "f") == false and 1, 2}', ['none']),
  lua('return {redis.call("ZSCORE", KEYS[1], "f") == false and 1, 2}', ['none']),
  lua('local r = redis.call("MGET", unpack(KEYS)) return {tostring(r[1]), r[2], #r}', ['n', 'y']),
  lua('redis.call("SET", KEYS[1], 5) return redis.call("GET", KEYS[1])', ['five']),
  lua(
    'redis.call("SET", KEYS[1], tonumber(ARGV[1]) * 1000) return redis.call("GET", KEYS[1])',
    ['n'],
    '1763800000',
  ),
  lua('return redis.call("SET", KEYS[1], ARGV[1], "PXAT", ARGV[2])', ['at'], 'v', far),
  lua('return {redis.call("SET", KEYS[1], "a", "NX") == false and 0 or 1}', ['at']),
  lua(
    'redis.call("HSET", KEYS[1], unpack(ARGV)) return redis.call("HGETALL", KEYS[1])',
    ['hh'],
    'a',
    '1',
    'b',
    'é',
  ),
  lua('return redis.call("HMGET", KEYS[1], "a", "zz")[2] == false and 1 or 0', ['hh']),
  lua('return redis.call("INCR", KEYS[1]) + 1', ['i']),
  lua('return "n" .. redis.call("INCR", KEYS[1])', ['i']),
  lua('return {tostring(tonumber(ARGV[1]) + 1), tonumber(ARGV[1]) + 1}', [], ms),
  lua('return {tostring(10 / 2), math.floor(tonumber(ARGV[1]) / 1000), 7 % 3}', [], ms),
  lua('return {string.format("%d", ARGV[1]), math.min(tonumber(ARGV[1]), 3)}', [], ms),
  lua('return {tonumber("x") == nil, tonumber(ARGV[1]) == 5, ARGV[1] == "5"}', [], '5'),
  lua('return {ARGV[1] < ARGV[2], tonumber(ARGV[1]) < tonumber(ARGV[2])}', [], '9', '10'),
  lua(
    'local a, b = string.match(ARGV[1], "^(%S+) (%S+)$") return {a, b, select("#", a, b)}',
    [],
    'uid 7',
  ),
  lua(
    'redis.call("ZADD", KEYS[1], ARGV[1], "m", 5, "n") return redis.call("ZSCORE", KEYS[1], "m")',
    ['zz'],
    ms,
  ),
  lua(
    'return redis.call("ZRANGE", KEYS[1], "-inf", ARGV[1], "BYSCORE", "LIMIT", 0, 2)',
    ['zz'],
    ms,
  ),
  lua('return redis.call("ZREVRANGEBYSCORE", KEYS[1], "+inf", "-inf", "LIMIT", 0, 1)', ['zz']),
  lua('redis.call("ZREM", KEYS[1], "m", "n") return redis.call("EXISTS", KEYS[1])', ['zz']),
  lua(
    'redis.call("ZADD", KEYS[1], 0, "aa", 0, "b") return redis.call("ZRANGEBYLEX", KEYS[1], "(aa", "+", "LIMIT", 0, 5)',
    ['lex'],
  ),
  lua(
    'redis.call("ZADD", KEYS[1], 0, "+a", 0, "-b") return {redis.call("ZLEXCOUNT", KEYS[1], "[-", "[-c"), redis.call("ZRANGEBYLEX", KEYS[1], "[-", "[-c")}',
    ['dash'],
  ),
  lua(
    `local ids = {}
for i = 1, 3 do ids[i] = redis.call("XADD", KEYS[1], "*", "n", i) end
local older, newer = redis.call("XREVRANGE", KEYS[1], ids[2], "-", "COUNT", 5), redis.call("XRANGE", KEYS[1], ids[2], "+")
local trimmed = redis.call("XTRIM", KEYS[1], "MINID", string.format("%.0f", tonumber(string.match(ids[1], "^%d+")) - 1000))
redis.call("DEL", KEYS[1])
return {#older, older[1][2], #newer, newer[1][2], trimmed}`,
    ['stream'],
  ),
  lua('return {redis.call("ZLEXCOUNT", KEYS[1], "-", "+"), redis.call("ZCARD", KEYS[1])}', ['lex']),
  lua(
    'return {redis.call("SETBIT", KEYS[1], ARGV[1], 1), redis.call("GETBIT", KEYS[1], ARGV[1])}',
    ['bb'],
    '9',
  ),
  ['GET', 'bb'],
  lua('local r = redis.pcall("INCR", KEYS[1]) return r.err', ['at']),
  lua('return redis.call("HINCRBY", KEYS[1], "g", 1)', ['hh']),
  lua('redis.call("SET", KEYS[1], "") return redis.call("GET", KEYS[1])', ['ee']),
  lua(
    'return {redis.call("PEXPIREAT", KEYS[1], ARGV[1]), redis.call("DEL", KEYS[1])}',
    ['hh'],
    far,
  ),
  lua('return type(redis.call("TIME")[1])', []),
  ['EVAL_RO', 'return redis.call("GET", KEYS[1])', '1', 'at'],
  ['EVALSHA', 'abcd', '0'],
]
