/** What wrangler.toml sets, and what would be wrong with a deployment of it. Only reads, and by wrangler's own reader. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { ConfigError, choosableSettings, mistakesIn, OF_THE_START } from '../config.ts'
import { basePathSetting, issuerSetting } from '../config-addresses.ts'
import { Misuse, requireSetting } from './command-line.ts'
import { readDeployArguments } from './deploy-arguments.ts'
import { fromRoot } from './root.ts'

const deployedFile = fromRoot('wrangler.toml')

type Vars = Record<string, unknown>

/** The settings that are checked before a deployment: of one environment, or of the file's top level. */
interface Settings {
  vars: Vars
  /** Names of secrets without which wrangler deploys nothing. */
  secrets: string[]
  /** The binding that tells the Worker its version. */
  version: string | null
  /** The patterns of its routes and custom domains, as wrangler takes them: no `route` where there are `routes`. */
  routes: string[]
  /** Whether variables that are set elsewhere stay. */
  keepsVars: boolean
  /** Whether the environment is in the file. If the file has no environments, wrangler takes everything from its top level. */
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
      routes: (read.routes ?? [read.route ?? []].flat()).map((one) => one.pattern ?? one),
      keepsVars: read.keep_vars === true,
      isThere: env === '' || read.definedEnvironments.includes(env),
    }
  })))
} catch (error) {
  const { line } = error.location ?? {}
  console.error(line ? config + ', line ' + line + ': ' + error.message : error.message)
  process.exitCode = 1
}`

/** The settings of the top level, and those of the environment: the same ones when none is named. */
async function readDeployed(
  file: string,
  environment = '',
): Promise<{ top: Settings; own: Settings }> {
  const environments = environment === '' ? [''] : ['', environment]
  const command = ['--input-type=module', '-e', reader, file, ...environments]
  // wrangler would take CLOUDFLARE_ENV for the environment when none is named.
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
  // Mostly the file has no BASE_PATH, and then nobody has to wait for wrangler.
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
 * Throws a Misuse, in the words of the service, when it would refuse what is chosen for one start. What a setting is that only the
 * file names is left to the service: reading the file takes wrangler, and a second.
 */
export async function requireChosen(chosen: Vars, file = deployedFile): Promise<void> {
  const written = await readFile(file, 'utf8')
  const mistakes = mistakesIn(chosen, (name) => written.includes(name))
  if (mistakes.length > 0) throw new Misuse(new ConfigError(mistakes).message)
}

export interface Plan {
  basePath: string
  /**
   * What names the file and the environment that were looked at, where the arguments do not: by itself wrangler would take
   * another file beside it, or an environment that some .env names.
   */
  chosen: string[]
  /** For what it would be refused if it were not dry. */
  objections: string[]
}

/**
 * Where the endpoints of a deployment with these arguments begin. Throws a Misuse when the service would refuse its own
 * settings; and, unless the run is dry, when it would say that it lives on this machine, or lacks what wrangler lets no
 * environment inherit.
 */
export async function planDeployment(args: readonly string[]): Promise<Plan> {
  const named = readDeployArguments(args)
  const { vars: given, keepsVars, hasRoutes, isDry } = named
  const config = named.config ?? deployedFile
  const environment = named.environment ?? process.env.CLOUDFLARE_ENV ?? ''
  const file = basename(config)
  const { top, own: written } = await readDeployed(config, environment)
  const own: Settings = {
    ...written,
    vars: { ...written.vars, ...given },
    keepsVars: written.keepsVars || keepsVars,
  }
  const section = environment === '' ? '' : ` of [env.${environment}]`
  const issuer = 'ISSUER' in given ? '--var ISSUER' : `ISSUER${section} in ${file}`
  const place = environment === '' ? file : `[env.${environment}] of ${file}`
  const objections = [
    environmentFault(file, environment, top, own, given),
    hasRoutes ? null : routesFault(file, environment, top, own),
    issuerFault(issuer, own.vars.ISSUER),
  ].filter((fault) => fault !== null)
  const faults = [
    ...(isDry ? [] : objections),
    unknownFault(place, own.vars, given),
    settingsFault(place, own, given),
  ].filter((fault) => fault !== null)
  if (faults.length > 0) throw new Misuse(faults.join('\n'))
  return {
    basePath: basePathOf(own.vars),
    chosen: [
      ...(named.config === undefined ? [`--config=${config}`] : []),
      ...(named.environment === undefined ? [`--env=${environment}`] : []),
    ],
    objections,
  }
}

/** A misspelt setting would leave the default in force, such as a sign-up that is open to everyone. Null when each is known. */
function unknownFault(place: string, vars: Vars, given: Vars): string | null {
  const known = [...choosableSettings(), ...OF_THE_START]
  const said = Object.keys(vars)
    .filter((name) => !known.includes(name))
    .map((name) => (name in given ? `--var ${name}` : `${name} in ${place}`))
  if (said.length === 0) return null
  return `There is no such setting: ${said.join(', ')}. README.md lists those that there are.`
}

/** The mistakes in its settings for which the service would answer nothing but an error; null when there are none. */
function settingsFault(place: string, own: Settings, given: Vars): string | null {
  const mistakes = mistakesIn(own.vars, (name) => own.keepsVars || own.secrets.includes(name))
  if (mistakes.length === 0) return null
  const places = Object.keys(given).length > 0 ? `${place} and --var` : place
  const title = `With the settings in ${places} the service would answer nothing:`
  return [title, ...mistakes].join('\n- ')
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
  return `[env.${environment}] in ${file} lacks ${lacks}: wrangler lets no environment inherit these from the top. Write them under its own name, a variable as "" for its default.`
}

/** An environment inherits the routes, and a custom domain goes over to whoever is deployed last. Null for the top itself. */
function routesFault(
  file: string,
  environment: string,
  top: Settings,
  own: Settings,
): string | null {
  const shared = own.routes.filter((pattern) => top.routes.includes(pattern))
  return environment === '' || shared.length === 0
    ? null
    : `[env.${environment}] in ${file} has routes of the top, and would take them away from the top's service: ${shared.join(', ')}. Write routes of its own there, or routes = [].`
}

/**
 * Without the variables, wrangler would deploy a service that goes by the defaults; without the names, one that lacks its
 * secrets; without the binding, its log has no versions.
 */
function lacksOf(top: Settings, own: Settings): string {
  const hasVar = (name: string) => name in own.vars || own.secrets.includes(name) || own.keepsVars
  const vars = Object.keys(top.vars).filter((name) => !hasVar(name))
  const secrets = top.secrets.filter((name) => !own.secrets.includes(name))
  const parts = [
    vars.length > 0 ? [vars.map((name) => `vars.${name}`).join(', ')] : [],
    secrets.length > 0 ? [`secrets.required ${secrets.join(', ')}`] : [],
    top.version === null || top.version === own.version
      ? []
      : [`version_metadata.binding ${top.version}`],
  ]
  return parts.flat().join('; ')
}

/** Null for an ISSUER that is missing (it may be a secret, or kept from before) or malformed (settingsFault tells of that). */
export function issuerFault(place: string, issuer: unknown): string | null {
  const { data } = issuerSetting.safeParse(issuer)
  if (data === undefined) return null
  const { hostname, protocol } = new URL(data)
  const isLocal = /^(.+\.)?localhost\.?$|^127\.|^0\.0\.0\.0$|^\[::1?\]$/.test(hostname)
  if (isLocal) return `${place} is still ${data}: set it to the URL of this service.`
  // RFC 8414 section 2.
  return protocol === 'https:'
    ? null
    : `${place} is ${data}: an issuer is reached by https, or tokens could be read on the way.`
}
