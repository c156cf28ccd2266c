/** `npm run dev`: Redis, the Worker and a test account, all local; and all gone again when it stops. */
import { Misuse, readOptions, runCommand } from './command-line.ts'
import { localIssuer, rememberPort, requireFreePort, wishedPort } from './port.ts'
import { openBackend } from './redis-backend.ts'
import { startRedisEndpoint } from './redis-endpoint.ts'
import { ensureLocalSecrets, localSecretsFile, readSigningKeys } from './secrets.ts'
import { defaultAudience, mintServiceToken } from './service-token.ts'
import { ensureTestAccount, testAccount, waitUntilHealthy } from './test-account.ts'
import { startWrangler } from './wrangler.ts'

const startTimeoutMs = 60_000

const help = `Runs the service on this machine, with a Redis of its own and a test account.

  npm run dev
  PORT=8788 npm run dev

Environment
  PORT        where the service listens (default 8787)
  REDIS_URL   a Redis to use; else a redis-server of the PATH, else an embedded stand-in
  Any setting of the service, such as ACCESS_TOKEN_TTL=120 or DEFAULT_LOGOUT_SCOPE=local

Options
  --secrets <file>   where the local secrets are kept (default .dev.vars; made when missing)
  --help             this text`

/** Handed on from the environment; PASSWORD_BLOCKLIST is off, or the test account's password were refused. */
const settings =
  /^(AUDIENCE|BASE_PATH|READ_CONSISTENCY|ACCESS_TOKEN_TTL|SESSIONS?_[A-Z_]+|REFRESH_REUSE_WINDOW|REAUTHENTICATION_TTL|DEFAULT_LOGOUT_SCOPE|SIGN_UP|PASSWORD_[A-Z_]+|CORS_ORIGINS|LIMIT_[A-Z_]+)$/

type Closer = () => Promise<void>

async function start(secretsFile: string, closers: Closer[]): Promise<Promise<void>> {
  const port = await requireFreePort(wishedPort())
  const { made } = await ensureLocalSecrets(secretsFile)
  const keys = await readSigningKeys(secretsFile)

  const backend = await openBackend('auto').catch((error: Error) => {
    throw new Misuse(error.message)
  })
  closers.push(() => backend.close())
  const endpoint = await startRedisEndpoint({ backend, token: crypto.randomUUID() })
  closers.push(() => endpoint.close())

  const issuer = localIssuer(port)
  const chosen = Object.entries(process.env).flatMap(([name, value]) =>
    settings.test(name) && value ? [[name, value] as const] : [],
  )
  const vars = { PASSWORD_BLOCKLIST: 'off', ...Object.fromEntries(chosen), ISSUER: issuer }
  const wrangler = startWrangler({
    port,
    secretsFile,
    vars,
    secrets: { UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: endpoint.token },
  })
  closers.push(() => wrangler.stop())

  const givingUp = new AbortController()
  const timer = setTimeout(() => givingUp.abort(), startTimeoutMs)
  wrangler.ended.then(() => givingUp.abort())
  const url = issuer + (vars.BASE_PATH ?? '')
  await waitUntilHealthy(url, givingUp.signal).catch((error: Error) => {
    throw new Misuse([wrangler.held(), error.message].filter(Boolean).join('\n\n'))
  })
  clearTimeout(timer)

  const audience = vars.AUDIENCE ?? defaultAudience
  const token = await mintServiceToken({ keys, issuer, audience, expiresIn: 60 })
  const trouble = await ensureTestAccount(url, token)
  if (secretsFile === localSecretsFile) await rememberPort(port)
  console.log(`
  Curfew   ${url}
  Redis    ${backend.description}
  Account  ${trouble ?? `${testAccount.email}, password ${testAccount.password}`}
  Admin    npm run -s admin-token
${made.length > 0 ? `  Secrets  made in ${secretsFile}; git does not see it\n` : ''}
  Ctrl-C stops everything.
`)
  wrangler.show()
  return wrangler.ended
}

runCommand(async () => {
  const options = readOptions({
    secrets: { type: 'string', default: localSecretsFile },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return console.log(help)

  const closers: Closer[] = []
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    // Last opened, first closed: the Worker never sees its Redis go.
    for (const closer of closers.splice(0).reverse()) await closer().catch(() => {})
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      closing ??= close().finally(() => process.exit(0))
    })
  }
  // The terminal may be gone before we are.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

  try {
    await await start(options.secrets, closers)
    if (closing === undefined) throw new Misuse('The Worker has stopped by itself.')
  } finally {
    closing ??= close()
    await closing
  }
})
