/**
 * What Upstash does with Lua scripts and plain Redis does not: the `#!lua` line, its key-locking rule,
 * the SHA of the text as sent. Runs nothing itself.
 */
import { digests } from '../crypto/digest.ts'
import { commandName, type Engine, type Reply } from './reply.ts'

const shebang = /^#!lua[^\n]*/
const noScript = 'NOSCRIPT No matching script. Please use EVAL.'

/**
 * With `allow-key-locking` Upstash refuses a key that is not in KEYS; elsewhere nobody would notice.
 * One line, in place of the `#!` line, so that line numbers in errors stay true.
 */
const keyGuard = [
  'local curfew_keys, curfew_redis = {}, redis',
  'for _, key in ipairs(KEYS) do curfew_keys[key] = true end',
  'local curfew_many = {DEL=true, UNLINK=true, EXISTS=true, MGET=true, TOUCH=true}',
  'local curfew_none = {TIME=true, PING=true, ECHO=true, SCRIPT=true}',
  'local function curfew_check(name, ...)',
  'name = string.upper(name)',
  'if curfew_none[name] then return end',
  "for i = 1, curfew_many[name] and select('#', ...) or 1 do",
  'local key = select(i, ...)',
  'if not curfew_keys[key] then',
  "error('Dynamic keys are not allowed with allow-key-locking: ' .. name .. ' uses a key that is not in KEYS')",
  'end end end',
  'local redis = setmetatable({',
  'call = function(...) curfew_check(...) return curfew_redis.call(...) end,',
  'pcall = function(...) curfew_check(...) return curfew_redis.pcall(...) end',
  '}, {__index = curfew_redis})',
].join(' ')

function plainScript(text: string): string {
  return text.replace(shebang, (line) => (line.includes('allow-key-locking') ? keyGuard : ''))
}

interface Script {
  /** Of the text as it was sent, by which the caller knows it. */
  sha: string
  plain: string
  plainSha: string
}

/** An engine that takes scripts as Upstash does. Known scripts are remembered per database. */
export function withScripts(engine: Engine): Engine {
  const known = new Map<string, Script>()
  const slot = (database: number, sha: string) => `${database} ${sha.toLowerCase()}`

  function learn(database: number, text: string): Script {
    const plain = plainScript(text)
    const script = { sha: digests.sha1Hex(text), plain, plainSha: digests.sha1Hex(plain) }
    known.set(slot(database, script.sha), script)
    return script
  }

  function translate(database: number, command: string[]): string[] {
    const [, script = '', ...rest] = command
    const name = commandName(command)
    if (name === 'EVAL' || name === 'EVAL_RO') {
      return [name, learn(database, script).plain, ...rest]
    }
    if (name === 'EVALSHA' || name === 'EVALSHA_RO') {
      const found = known.get(slot(database, script))
      if (found === undefined) throw new Error(noScript)
      // A restarted Redis has lost the script. It answers NOSCRIPT itself, and the caller sends the text, as with Upstash.
      return engine.keepsScripts
        ? [name, found.plainSha, ...rest]
        : [name.replace('SHA', ''), found.plain, ...rest]
    }
    return command
  }

  async function script(database: number, [, verb = '', ...args]: string[]): Promise<Reply> {
    switch (verb.toUpperCase()) {
      case 'LOAD': {
        const { sha, plain } = learn(database, args[0] ?? '')
        if (engine.keepsScripts) await engine.run(database, ['SCRIPT', 'LOAD', plain])
        return sha
      }
      case 'EXISTS':
        return args.map((sha) => (known.has(slot(database, sha)) ? 1 : 0))
      case 'FLUSH':
        for (const key of known.keys()) if (key.startsWith(`${database} `)) known.delete(key)
        return 'OK'
      default:
        throw new Error(`ERR unknown subcommand '${verb}'`)
    }
  }

  return {
    keepsScripts: engine.keepsScripts,
    async run(database, command) {
      if (commandName(command) === 'SCRIPT') return script(database, command)
      return engine.run(database, translate(database, command))
    },
    async transact(database, commands) {
      const translated = commands.map((command) => translate(database, command))
      return engine.transact(database, translated)
    },
    close: () => engine.close(),
  }
}
