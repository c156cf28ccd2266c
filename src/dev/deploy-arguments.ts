/** What the arguments of `npm run deploy` mean to wrangler, which gets them all. Looks at no file. */
import { parseArgs } from 'node:util'

interface DeployArguments {
  /** As --config names it. */
  config?: string
  /** As --env names it. */
  environment?: string
  /** The variables that are set by --var. */
  vars: Record<string, string>
  keepsVars: boolean
  /** Whether there are routes by --route: wrangler then takes none of the file's. */
  hasRoutes: boolean
  /** Nothing is deployed. */
  isDry: boolean
  /** Only the help is asked for. */
  isHelp: boolean
}

export function readDeployArguments(args: readonly string[]): DeployArguments {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string', short: 'c' }, env: { type: 'string', short: 'e' } },
    strict: false,
    allowPositionals: true,
  })
  const { config, env } = values
  return {
    ...(typeof config === 'string' ? { config: plain(config) } : {}),
    ...(typeof env === 'string' ? { environment: plain(env) } : {}),
    vars: readVars(args),
    keepsVars: isOn(args, '--keep-vars'),
    hasRoutes: beforeDashes(args).some((arg) => /^--routes?(=|$)/.test(arg)),
    isDry: isOn(args, '--dry-run'),
    isHelp: isOn(args, '--help', '-h'),
  }
}

/** -e=staging is the same to wrangler as -e staging. */
const plain = (value: string): string => value.replace(/^=/, '')

/** Each --var takes all that follows it, up to the next flag. */
function readVars(args: readonly string[]): Record<string, string> {
  const vars: Record<string, string> = {}
  let isVar = false
  for (const arg of args) {
    if (arg.startsWith('-')) isVar = arg === '--var' || arg.startsWith('--var=')
    const [, name, value = ''] = /^(\w+):(.*)$/s.exec(arg.replace(/^--var=/, '')) ?? []
    if (isVar && name !== undefined) vars[name] = value
  }
  return vars
}

/** Whether a flag is there and nothing takes it back, for which wrangler knows more forms than parseArgs. */
function isOn(args: readonly string[], ...names: string[]): boolean {
  const flags = beforeDashes(args)
    .map(hyphenated)
    .map((flag) => flag.replace(/=true$/, ''))
  const isTakenBack = (name: string): boolean =>
    flags.some(
      (flag, index) =>
        (flag === name && flags[index + 1] === 'false') ||
        flag.startsWith(`${name}=`) ||
        flag.startsWith(`--no-${name.slice(2)}`) ||
        // As in -h0, where a value comes at once.
        (name.length === 2 && flag.length > 2 && flag.startsWith(name)),
    )
  return names.some((name) => flags.includes(name)) && !names.some(isTakenBack)
}

/** What comes after -- is no flag. */
const beforeDashes = (args: readonly string[]): readonly string[] =>
  args.includes('--') ? args.slice(0, args.indexOf('--')) : args

/** Its name as wrangler documents it: --dryRun is the same. */
const hyphenated = (flag: string): string =>
  flag.replace(/^--[^=]+/, (name) => name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`))
