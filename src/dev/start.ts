/** `npm run dev`: Redis, the Worker and a test account, all local; and all gone again when it stops. */
import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DEFAULT_AUDIENCE } from '../domain/policy.ts'
import { diskFault, Misuse, readOptions, runCommand } from './command-line.ts'
import { basePath, requireChosen } from './deployed.ts'
import { buildPage } from './page.ts'
import { defaultPort, localIssuer, rememberPort, requireFreePort, wishedPort } from './port.ts'
import { openBackend } from './redis-backend.ts'
import { startRedisEndpoint } from './redis-endpoint.ts'
import { buildReference } from './reference.ts'
import { fromRoot } from './root.ts'
import { ensureLocalSecrets, localSecretsFile, readSigningKeys } from './secrets.ts'
import { mintServiceToken } from './service-token.ts'
import { ensureTestAccount, Misconfigured, waitUntilHealthy } from './test-account.ts'
import { chosenSettings, isComplaint, startWrangler, type WranglerChild } from './wrangler.ts'

const startTimeoutMs = 60_000
const orphanCheckMs = 500
const logDelayMs = 3000
const starting = '  Starting: the page is built, then the Worker. This takes about ten seconds.'
const stoppedByItself = 'The Worker has stopped by itself.'

const help = `Runs the service on this machine, with a Redis of its own and a test account.

  npm run dev
  PORT=8788 npm run dev

Environment
  PORT        where the service listens (default 8787)
  REDIS_URL   a Redis to use; else a redis-server of the PATH, else an embedded stand-in
  Any other setting of the README's table, such as ACCESS_TOKEN_TTL=120 or DEFAULT_LOGOUT_SCOPE=local.
              ISSUER is always http://localhost with the port, keys come from --secrets, Redis from REDIS_URL

Options
  --secrets <file>   where the local secrets are kept (default .dev.vars; made when missing)
  --help             this text`

type Closer = () => Promise<void>

/** Resolves when all is up; what it opened is in `closers`, also when it fails half-way. */
async function start(
  secretsFile: string,
  closers: Closer[],
  leaving: AbortSignal,
): Promise<WranglerChild> {
  const port = await requireFreePort(wishedPort())
  const begins = await basePath()
  const settings = chosenSettings(process.env)
  await requireChosen(settings)
  await requireWritable(fromRoot('.wrangler'))
  const { made, warning } = await ensureLocalSecrets(secretsFile)
  if (warning) console.warn(warning)
  const keys = await readSigningKeys(secretsFile)

  console.log(starting)
  const backend = await openBackend('auto', console.warn).catch((error: Error) => {
    throw new Misuse(diskFault(error) ?? error.message)
  })
  closers.push(() => backend.close())
  const endpoint = await startRedisEndpoint({ backend, token: crypto.randomUUID() })
  closers.push(() => endpoint.close())
  const assets = await buildAssets(closers)

  const issuer = localIssuer(port)
  const url = issuer + begins
  const wrangler = startWrangler({
    port,
    secretsFile,
    assets,
    vars: { ...settings, ISSUER: issuer },
    secrets: { UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: endpoint.token },
  })
  closers.push(() => wrangler.stop())

  const givingUp = new AbortController()
  const timer = setTimeout(() => givingUp.abort(), startTimeoutMs)
  wrangler.ended.then(() => givingUp.abort()).catch(() => {})
  try {
    // Another process may have the port and answer as healthy, but it does not ask our Redis.
    await waitUntilHealthy(url, givingUp.signal, endpoint.wasAsked)
  } catch (error) {
    const complaint = error instanceof Misconfigured ? await complaintOf(wrangler) : undefined
    throw complaint ? new Misuse(complaint) : failure(wrangler, (error as Error).message)
  } finally {
    clearTimeout(timer)
  }

  const audience = settings.AUDIENCE ?? DEFAULT_AUDIENCE
  const token = await mintServiceToken({ keys, issuer, audience, expiresIn: 60 })
  const account = await ensureTestAccount(url, token)
  // Whoever leaves takes the service away under these calls.
  if (leaving.aborted || givingUp.signal.aborted) throw failure(wrangler, stoppedByItself)
  const isLocal = secretsFile === localSecretsFile
  if (isLocal) await rememberPort(port)
  const adminToken = command('npm run -s admin-token', {
    keys: isLocal ? undefined : secretsFile,
    // Without --issuer, the token would be for the service of the last start, or of the default port.
    issuer: isLocal && port === defaultPort ? undefined : issuer,
    audience: settings.AUDIENCE,
  })
  console.log(`
  Curfew   ${url}
  Redis    ${backend.description}
  Account  ${account}
  Admin    ${adminToken}
${made.length > 0 ? `  Secrets  made in ${secretsFile}${isLocal ? '; git does not see it' : ''}\n` : ''}
  Ctrl-C stops everything.
`)
  wrangler.show()
  return wrangler
}

/** wrangler works in this folder. Without rights to it, it would complain late, and in many words. */
async function requireWritable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await access(folder, constants.W_OK)
}

/** The command with the flags that have a value, quoted for a shell. */
function command(name: string, flags: Record<string, string | undefined>): string {
  const words = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, quoted(value)],
  )
  return words.length === 0 ? name : [name, '--', ...words].join(' ')
}

const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

const failure = (wrangler: WranglerChild, sentence: string): Misuse =>
  new Misuse([wrangler.held(), sentence].filter(Boolean).join('\n\n'))

/** In a folder of this start's own: another service that runs, with another BASE_PATH perhaps, serves its own. */
async function buildAssets(closers: Closer[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-page-'))
  closers.push(() => rm(folder, { recursive: true, force: true }))
  await buildPage(folder)
  await buildReference(folder)
  return folder
}

/** The Worker's complaint about its settings, which its log has a little after the answer. Undefined when it does not come. */
async function complaintOf(wrangler: WranglerChild): Promise<string | undefined> {
  for (let waited = 0; waited < logDelayMs; waited += 100) {
    await pause(100)
    if (isComplaint(wrangler.held())) return wrangler.held()
  }
  return undefined
}

runCommand(async () => {
  const options = readOptions({
    secrets: { type: 'string', default: localSecretsFile },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return console.log(help)

  const closers: Closer[] = []
  let closing: Promise<void> | undefined
  const leaving = new AbortController()
  const closeAll = async (): Promise<void> => {
    // Last opened, first closed: the Worker never sees its Redis go.
    for (const closer of closers.splice(0).reverse()) await closer().catch(() => {})
  }
  const close = (): Promise<void> => {
    closing ??= closeAll()
    return closing
  }
  const leave = (): void => {
    leaving.abort()
    // By setImmediate, since the sentence of a failure may still have to be printed.
    void close().finally(() => setImmediate(() => process.exit()))
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, leave)
  if (process.env.npm_lifecycle_event !== undefined) {
    // A signal sent to npm alone ends the shell in between, which passes nothing on to us.
    const parent = process.ppid
    setInterval(() => process.ppid !== parent && leave(), orphanCheckMs).unref()
  }
  // The terminal may be gone before we are.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

  try {
    const wrangler = await start(resolve(options.secrets), closers, leaving.signal)
    await wrangler.ended
    throw failure(wrangler, stoppedByItself)
  } catch (error) {
    // Whatever fails because someone leaves is no fault.
    if (!leaving.signal.aborted) throw error
  } finally {
    await close()
  }
})
