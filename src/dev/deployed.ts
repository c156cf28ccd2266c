/** What wrangler.toml sets, and what a deployment of it would say of itself. Reads only, and by wrangler's own eyes. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { basePathSetting, issuerSetting } from '../config-addresses.ts'
import { Misuse, requireSetting } from './command-line.ts'
import { fromRoot } from './root.ts'

export const deployedFile = fromRoot('wrangler.toml')

type Vars = Record<string, unknown>

/** Of an environment, or of the top, what a deployment's looks depend on. */
interface Settings {
  vars: Vars
  /** Names of secrets without which wrangler deploys nothing. */
  secrets: string[]
  /** The binding that tells the Worker its version. */
  version: string | null
  /** Whether variables that are set elsewhere stay. */
  keepsVars: boolean
  /** Whether the environment stands in the file: for one of a file without any, wrangler takes all of the top. */
  isThere: boolean
}

/** In a process of its own: wrangler takes 200 MB, and a second to load. */
const reader = `import { unstable_readConfig } from 'wrangler'
const [config, ...environments] = process.argv.slice(1)
try {
  console.log(JSON.stringify(environments.map((env) => {
    const read = unstable_readConfig({ config, env: env || undefined }, { hideWarnings: true })
    return {
      vars: read.vars,
      secrets: read.secrets?.required ?? [],
      version: read.version_metadata?.binding ?? null,
      keepsVars: read.keep_vars === true,
      isThere: env === '' || read.definedEnvironments.includes(env),
    }
  })))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}`

/** The top's, and those of an environment, which are the same when none is named. */
async function readDeployed(
  file: string,
  environment = '',
): Promise<{ top: Settings; own: Settings }> {
  const environments = environment === '' ? [''] : ['', environment]
  const command = ['--input-type=module', '-e', reader, file, ...environments]
  // wrangler would take it for the environment where none is named.
  const env = { ...process.env, CLOUDFLARE_ENV: undefined }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, {
      cwd: fromRoot('.'),
      env,
    })
    const [top, own = top]: [Settings, Settings?] = JSON.parse(stdout)
    return { top, own }
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new Misuse(said || `${file} cannot be read.`)
  }
}

/** Where the endpoints begin: as set for one start, else as deployed. Throws a Misuse when nothing can begin there. */
export async function basePath(file = deployedFile): Promise<string> {
  if (process.env.BASE_PATH !== undefined) return basePathOf(process.env)
  // Mostly it is not there, and nobody has to wait for wrangler.
  if (!(await readFile(file, 'utf8')).includes('BASE_PATH')) return ''
  const { own } = await readDeployed(file, process.env.CLOUDFLARE_ENV)
  return basePathOf(own.vars)
}

function basePathOf({ BASE_PATH }: Vars): string {
  if (typeof BASE_PATH !== 'string' || BASE_PATH === '') return ''
  requireSetting('BASE_PATH', basePathSetting, BASE_PATH)
  return BASE_PATH
}

/**
 * Where the endpoints of a deployment with these arguments begin. Throws a Misuse when it would say that it lives on this
 * machine, or lacks what wrangler lets no environment inherit.
 */
export async function planDeployment(args: readonly string[]): Promise<{ basePath: string }> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string', short: 'c' },
      env: { type: 'string', short: 'e' },
      var: { type: 'string', multiple: true },
      'keep-vars': { type: 'boolean' },
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
  const { top, own } = await readDeployed(file, environment)
  const section = environment === '' ? '' : ` of [env.${environment}]`
  const place = 'ISSUER' in given ? '--var ISSUER' : `ISSUER${section} in wrangler.toml`
  const vars = { ...own.vars, ...given }
  const keepsVars = own.keepsVars || values['keep-vars'] === true
  const fault =
    environmentFault(basename(file), environment, top, { ...own, vars, keepsVars }, given) ??
    issuerFault(place, vars.ISSUER)
  // Nothing of a dry run is ever reached by anyone.
  const isDry = values['dry-run'] === true || values.help === true
  if (fault !== null && !isDry) throw new Misuse(fault)
  return { basePath: basePathOf(vars) }
}

/** What keeps an environment from being a service of its own; null of the top. */
function environmentFault(
  file: string,
  environment: string,
  top: Settings,
  own: Settings,
  given: Vars,
): string | null {
  if (!own.isThere)
    return 'ISSUER' in given
      ? null
      : `${file} has no [env.${environment}], so it would go live with the ISSUER of the top: write that section, with an ISSUER of its own.`
  const lacks = lacksOf(top, own)
  if (lacks === '') return null
  return `[env.${environment}] in ${file} lacks ${lacks}: wrangler lets no environment inherit these from the top. Write them under its own name.`
}

/** Without the names, wrangler would deploy a service that lacks its secrets; without the binding, its log has no versions. */
function lacksOf(top: Settings, own: Settings): string {
  const hasIssuer = 'ISSUER' in own.vars || own.secrets.includes('ISSUER') || own.keepsVars
  const secrets = top.secrets.filter((name) => !own.secrets.includes(name))
  const parts = [
    'ISSUER' in top.vars && !hasIssuer ? ['vars.ISSUER'] : [],
    secrets.length > 0 ? [`secrets.required ${secrets.join(', ')}`] : [],
    top.version === null || top.version === own.version
      ? []
      : [`version_metadata.binding ${top.version}`],
  ]
  return parts.flat().join('; ')
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
