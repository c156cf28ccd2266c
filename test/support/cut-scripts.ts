/** Makes the service's scripts fail midway; what they wrote before stays. Never reads a reply, nor cuts any other script. */

export interface Cut {
  /** Which writes are refused: all, or as by a full database only those that may need room. */
  refuses: 'writes' | 'what needs room'
  /** Writes of each script that still pass. */
  after: number
}

const NEED_ROOM = ['SET', 'SETBIT', 'INCR', 'INCRBY', 'HSET', 'HINCRBY', 'ZADD', 'XADD']
const OTHERS = ['DEL', 'ZREM', 'ZREMRANGEBYSCORE', 'EXPIRE', 'PEXPIRE', 'XTRIM']

/** The hash of no script. */
const NOBODYS = '0'.repeat(40)

const ours = /^#!lua[^\n]*\n/

/** Lua in front of the script's own lines, which puts an object of its own in the place of their `redis`. */
function saw({ refuses, after }: Cut): string {
  const refused = refuses === 'writes' ? [...NEED_ROOM, ...OTHERS] : NEED_ROOM
  return [
    `local uncut, left, refused = redis, ${after}, {${refused.map((name) => `${name}=true`).join(', ')}}`,
    'local redis = setmetatable({ call = function(name, ...)',
    "if refused[name] then if left == 0 then error('ERR DB capacity quota exceeded') end left = left - 1 end",
    'return uncut.call(name, ...) end }, { __index = uncut })',
  ].join(' ')
}

/** The body of a request with each of our scripts cut. EVALSHA gets a hash that Redis does not know, so the text comes next. */
export function cutScripts(body: string, cut: Cut): string {
  const commands = JSON.parse(body) as unknown
  if (!Array.isArray(commands)) return body
  const isPipeline = Array.isArray(commands[0])
  const each = (command: string[]): string[] => {
    const [name = '', script = '', ...rest] = command
    if (name.toUpperCase() === 'EVALSHA') return [name, NOBODYS, ...rest]
    const [line] = ours.exec(script) ?? []
    return name.toUpperCase() === 'EVAL' && line
      ? [name, `${line}${saw(cut)}\n${script.slice(line.length)}`, ...rest]
      : command
  }
  return JSON.stringify(isPipeline ? commands.map(each) : each(commands))
}
