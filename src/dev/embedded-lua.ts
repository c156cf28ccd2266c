/**
 * The bridge between a script and the embedded Redis: makes ioredis-mock's Lua (5.3, with loose replies)
 * behave as Redis' Lua does, and brings the answer home as RESP text. Holds no data.
 */
import { lexicalBounds } from './embedded-commands.ts'
import type { Reply } from './reply.ts'

/**
 * Numbers under 2^15 stay integers, so that `..` prints them without `.0`; larger ones become floats,
 * since integers of this Lua have 32 bits and times in milliseconds would wrap. XTRIM drops nothing: our scripts
 * only trim entries of long ago, which a process that keeps its data in memory does not have.
 */
const head = `
local native, floor, format = call, math.floor, string.format
local read_only = __READ_ONLY__
local writes = {}
for name in string.gmatch('SET DEL UNLINK INCR INCRBY DECR DECRBY HSET HDEL HINCRBY ZADD ZREM ZREMRANGEBYSCORE ZREMRANGEBYRANK XADD SETBIT XTRIM EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST SADD SREM SETEX PSETEX SETNX HSETNX HMSET MSET APPEND GETDEL FLUSHDB FLUSHALL', '%S+') do writes[name] = true end
local function number(v)
  if v == floor(v) and v > -32768 and v < 32768 then return math.tointeger(v) or v end
  return v + 0.0
end
local function text(v)
  if type(v) == 'string' then return v end
  if type(v) ~= 'number' then error({err = 'ERR Lua redis lib command arguments must be strings or integers'}) end
  if v == floor(v) and v > -1e17 and v < 1e17 then return format('%.0f', v) end
  return format('%.17g', v)
end
local to_number, to_string = tonumber, tostring
function tonumber(v, base)
  local n = base and to_number(v, base) or to_number(v)
  if n then return number(n) end
end
function string.format(pattern, ...) return format((string.gsub(pattern, '%%d', '%%.0f')), ...) end
function tostring(v) if type(v) == 'number' then return text(v) end return to_string(v) end
local function value(v, null, from)
  if v == nil or v == null then return false end
  if type(v) == 'number' then return number(v) end
  if type(v) ~= 'userdata' then return v end
  local out = {}
  for i = from, #v - 1 + from do out[#out + 1] = value(v[i], null, 0) end
  return out
end
local function send(...)
  local reply = native(true, ...)
  if type(reply) ~= 'userdata' then return reply end
  if reply[0] == 'error' then error({err = (string.gsub(reply[1], '^%w*Error: ', ''))}) end
  return value(reply, reply[0], 1)
end
local function check(name, key, ...)
  local integers = name == 'INCR' or name == 'INCRBY' or name == 'DECR' or name == 'DECRBY'
  local want = (integers or name == 'GET' or name == 'SETBIT' or name == 'GETBIT') and 'string'
  if string.sub(name, 1, 1) == 'H' then want = 'hash' end
  if string.sub(name, 1, 1) == 'Z' then want = 'zset' end
  local kind = want and native(true, 'type', key)
  if want and kind ~= want and kind ~= 'none' then error({err = 'WRONGTYPE Operation against a key holding the wrong kind of value'}) end
  local old = integers and native(true, 'get', key) or name == 'HINCRBY' and native(true, 'hget', key, (...))
  if old and not string.match(old, '^%-?%d+$') then error({err = 'ERR value is not an integer or out of range'}) end
end
local function next_id(key)
  local now = send('time')
  local id = to_number(now[1]) * 1000.0 + floor(to_number(now[2]) / 1000)
  local last = send('xrevrange', key, '+', '-', 'COUNT', '1')[1]
  if last then id = math.max(id, to_number(string.match(last[1], '^%d+')) + 1.0) end
  return format('%.0f', id)
end
local function trim(key, how, time)
  local oldest = send('xrange', key, '-', '+', 'COUNT', '1')[1]
  if how == 'MINID' and (not oldest or to_number(string.match(oldest[1], '^%d+')) >= to_number(time)) then return 0 end
  error({err = 'ERR the embedded Redis cannot do XTRIM but to keep all that there is'})
end
local lexical = __LEXICAL__
local function run(...)
  local args, n = {...}, select('#', ...)
  for i = 1, n do args[i] = text(args[i]) end
  local name = string.upper(args[1])
  if read_only and writes[name] then error({err = 'ERR Write commands are not allowed from read-only scripts.'}) end
  if n > 1 then check(name, table.unpack(args, 2, n)) end
  if name == 'XADD' then
    for i = 3, n do if args[i] == '*' then args[i] = next_id(args[2]) break end end
  end
  if name == 'XTRIM' then return trim(table.unpack(args, 2, n)) end
  if name == 'XRANGE' or name == 'XREVRANGE' then
    for i = 3, 4 do
      if string.sub(args[i], 1, 1) == '(' then error({err = 'ERR the embedded Redis cannot do ' .. name .. ' with ('}) end
      args[i] = string.match(args[i], '^%d+') or args[i]
    end
  end
  if name == 'ZLEXCOUNT' or name == 'ZRANGEBYLEX' then
    args[3], args[4] = lexical[args[3]] or args[3], lexical[args[4]] or args[4]
  end
  if name == 'ZLEXCOUNT' then
    args[1] = 'zrangebylex'
    return #send(table.unpack(args, 1, n))
  end
  local reply = send(table.unpack(args, 1, n))
  if name == 'XADD' then native(true, 'del', 'stream:' .. args[2] .. ':' .. reply) end
  if (name == 'ZREM' or name == 'ZREMRANGEBYSCORE' or name == 'ZREMRANGEBYRANK') and native(true, 'zcard', args[2]) == 0 then native(true, 'del', args[2]) end
  if name == 'SREM' and native(true, 'scard', args[2]) == 0 then native(true, 'del', args[2]) end
  if reply == nil then
    if name == 'GET' and native(true, 'exists', args[2]) == 1 then return '' end
    if name == 'HGET' and native(true, 'hexists', args[2], args[3]) == 1 then return '' end
    return false
  end
  if reply == 'OK' and name ~= 'GET' and name ~= 'HGET' then return {ok = 'OK'} end
  return value(reply)
end
redis = {
  call = run,
  pcall = function(...)
    local ok, reply = pcall(run, ...)
    if ok or type(reply) == 'table' then return reply end
    return {err = to_string(reply)}
  end,
  error_reply = function(message) return {err = message} end,
  status_reply = function(message) return {ok = message} end,
  log = function() end
}
local function encode(v)
  local kind = type(v)
  if kind == 'string' then return '$' .. #v .. '\\n' .. v .. '\\n' end
  if kind == 'number' then return ':' .. format('%.0f', v < 0 and math.ceil(v) or floor(v)) .. '\\n' end
  if kind ~= 'table' then return v and ':1\\n' or '_\\n' end
  if v.err then return '-' .. string.gsub(v.err, '\\n', ' ') .. '\\n' end
  if v.ok then return '+' .. v.ok .. '\\n' end
  local parts, n = {}, 0
  while v[n + 1] ~= nil do n = n + 1 parts[n] = encode(v[n]) end
  return '*' .. n .. '\\n' .. table.concat(parts)
end
local ran, answer = pcall(function()
`
  .replaceAll('\n', ' ')
  .trim()

const tail = `
end)
if not ran and type(answer) ~= 'table' then answer = {err = 'ERR ' .. to_string(answer)} end
return encode(answer)`

const luaText = (text: string): string => `'${text.replaceAll('\0', '\\0')}'`

const lexicalTable = `{ ${Object.entries(lexicalBounds)
  .map(([bound, same]) => `[${luaText(bound)}] = ${luaText(same)}`)
  .join(', ')} }`

export function bridged(script: string, readOnly: boolean): string {
  const opening = head
    .replace('__READ_ONLY__', String(readOnly))
    .replace('__LEXICAL__', lexicalTable)
  return `${opening} ${script}${tail}`
}

/** Reads what `bridged` scripts return. Lengths count the bytes that Lua saw. */
export function decodeAnswer(answer: string): Reply {
  const bytes = Buffer.from(answer, 'utf8')
  let at = 0
  const line = (): string => {
    const end = bytes.indexOf('\n', at)
    const found = bytes.toString('utf8', at, end)
    at = end + 1
    return found
  }
  const next = (): Reply => {
    const first = line()
    const rest = first.slice(1)
    switch (first[0]) {
      case '$': {
        const start = at
        at += Number(rest) + 1
        return bytes.toString('utf8', start, at - 1)
      }
      case ':':
        return Number(rest)
      case '*':
        return Array.from({ length: Number(rest) }, next)
      case '+':
        return rest
      case '-':
        throw new Error(rest)
      default:
        return null
    }
  }
  return next()
}
