/** What wrangler.toml sets, and what a deployment of it would say of itself. Reads only, and by wrangler's own eyes. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parseArgs, promisify } from 'node:util'
import { issuerSetting } from '../config-addresses.ts'
import { Misuse } from './command-line.ts'
import { fromRoot } from './root.ts'

export const deployedFile = fromRoot('wrangler.toml')

type Vars = Record<string, unknown>

/** In a process of its own: wrangler takes 200 MB, and a second to load. */
const reader = `import { unstable_readConfig } from 'wrangler'
const [config, env] = process.argv.slice(1)
try {
  const { vars } = unstable_readConfig({ config, env: env || undefined }, { hideWarnings: true })
  console.log(JSON.stringify(vars))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}`

/** The variables of an environment, or of the top. */
export async function deployedVars(file = deployedFile, environment = ''): Promise<Vars> {
  const command = ['--input-type=module', '-e', reader, file, environment]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: fromRoot('.') })
    return { ...JSON.parse(stdout) }
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new Misuse(said || `${file} cannot be read.`)
  }
}

/** Where the endpoints begin: as set for one start, else as deployed. */
export async function basePath(file = deployedFile): Promise<string> {
  if (process.env.BASE_PATH !== undefined) return process.env.BASE_PATH
  // Mostly it is not there, and nobody has to wait for wrangler.
  if (!(await readFile(file, 'utf8')).includes('BASE_PATH')) return ''
  return basePathOf(await deployedVars(file))
}

const basePathOf = ({ BASE_PATH }: Vars): string => (typeof BASE_PATH === 'string' ? BASE_PATH : '')

/** Where the endpoints of a deployment with these arguments begin. Throws a Misuse when it would say that it lives on this machine. */
export async function planDeployment(args: readonly string[]): Promise<{ basePath: string }> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string', short: 'c' },
      env: { type: 'string', short: 'e' },
      var: { type: 'string', multiple: true },
      'dry-run': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    strict: false,
    allowPositionals: true,
  })
  const file = typeof values.config === 'string' ? values.config : deployedFile
  const environment =
    typeof values.env === 'string' ? values.env : (process.env.CLOUDFLARE_ENV ?? '')
  const given: Vars = {}
  // One --var takes several, of which all but the first look like something else.
  for (const text of [...(values.var ?? []), ...positionals].map(String)) {
    const [, name, value] = /^(\w+):(.*)$/s.exec(text) ?? []
    if (name !== undefined) given[name] = value
  }
  const deployed = await deployedVars(file, environment)
  const section = environment === '' ? '' : ` of [env.${environment}]`
  const place = 'ISSUER' in given ? '--var ISSUER' : `ISSUER${section} in wrangler.toml`
  const vars = { ...deployed, ...given }
  const fault = issuerFault(place, vars.ISSUER)
  // Nothing of a dry run is ever reached by anyone.
  const isDry = values['dry-run'] === true || values.help === true
  if (fault !== null && !isDry) throw new Misuse(fault)
  return { basePath: basePathOf(vars) }
}

/** One that is not there may be a secret, or be kept from before. */
export function issuerFault(place: string, issuer: unknown): string | null {
  if (issuer === undefined) return null
  const { data, error } = issuerSetting.safeParse(issuer)
  if (data === undefined) return `${place} ${error?.issues[0]?.message}.`
  const { hostname } = new URL(data)
  const isLocal = /^(.+\.)?localhost\.?$|^127\.|^0\.0\.0\.0$|^\[::1?\]$/.test(hostname)
  return isLocal ? `${place} is still ${data}: set it to the URL of this service.` : null
}
