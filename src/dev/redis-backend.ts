/** Decides which Redis the endpoint stands on and opens it. Speaks neither HTTP nor RESP. */
import { openEmbeddedEngine } from './embedded-engine.ts'
import { connectEngine } from './real-engine.ts'
import { findRedisServer, startRedisServer } from './redis-server.ts'
import type { Engine } from './reply.ts'
import { withScripts } from './scripts.ts'

/** `auto`: REDIS_URL if set, else a redis-server on the PATH, else the embedded one. */
export type BackendChoice = 'auto' | 'embedded' | 'server' | { url: string }

export interface Backend extends Engine {
  kind: 'embedded' | 'redis-server' | 'url'
  /** One line for people; never holds a password. */
  description: string
}

/** `say` gets a sentence when Redis goes away, and when it is back. */
export async function openBackend(
  choice: BackendChoice,
  say: (sentence: string) => void = () => {},
): Promise<Backend> {
  if (typeof choice === 'object') return openUrl(choice.url, say)
  if (choice === 'embedded') return openEmbedded()
  const url = choice === 'auto' ? process.env.REDIS_URL : undefined
  if (url) return openUrl(url, say)
  const binary = await findRedisServer()
  if (binary) return openServer(binary, say)
  if (choice === 'auto') return openEmbedded()
  throw new Error('There is no redis-server on the PATH. Install Redis, or use the embedded one.')
}

async function openUrl(url: string, say: (sentence: string) => void): Promise<Backend> {
  const { protocol, host, pathname } = URL.parse(url) ?? { protocol: '', host: '', pathname: '' }
  if (!/^rediss?:$/.test(protocol)) {
    throw new Error('REDIS_URL must look like redis://localhost:6379 (or rediss://).')
  }
  if (!/^(\/\d*)?$/.test(pathname)) {
    throw new Error(
      'The path of REDIS_URL must be the number of a database, such as redis://localhost:6379/0.',
    )
  }
  const gone = `The Redis at ${host} has stopped answering: calls get 503 until it is back.`
  const onChange = (isThere: boolean) => say(isThere ? 'It answers again.' : gone)
  const engine = await connectEngine({ url }, onChange).catch((error: Error) => {
    throw new Error(`The Redis of REDIS_URL (${host}) ${whyNot(error.cause)}`)
  })
  return { ...withScripts(engine), kind: 'url', description: `the Redis at ${host} (REDIS_URL)` }
}

/** Never quotes the arguments of a command: a password may be among them. */
function whyNot(cause: unknown): string {
  const { name, message, code = '' } = cause as NodeJS.ErrnoException
  if (name === 'ReplyError') {
    const [reason = ''] = message.split(', with args')
    return `refuses: ${reason.replace(/\.?$/, '.')}`
  }
  const mayWantTls = /^(ETIMEDOUT|ECONNRESET|EPROTO|ERR_SSL_.*)?$/.test(code)
  const hint = mayWantTls ? ' Does it speak TLS? rediss:// wants it, redis:// does not.' : ''
  return `does not answer (${code || 'the connection was closed'}).${hint}`
}

async function openServer(binary: string, say: (sentence: string) => void): Promise<Backend> {
  const engine = await startRedisServer(binary, () =>
    say(
      'The redis-server of this run has ended, and all data with it: stop this, and start again.',
    ),
  )
  const description = 'a redis-server started for this run; its data goes when it stops'
  return { ...withScripts(engine), kind: 'redis-server', description }
}

function openEmbedded(): Backend {
  const description = 'an embedded stand-in for Redis, in memory; its data goes when it stops'
  return { ...withScripts(openEmbeddedEngine()), kind: 'embedded', description }
}
