/** What the arguments of `npm run deploy` mean to wrangler, which gets them all. Looks at no file. */
import { parseArgs } from 'node:util'

export interface DeployArguments {
  /** As --config names it. */
  config?: string
  /** As --env names it. */
  environment?: string
  /** The variables that are set by --var. */
  vars: Record<string, string>
  keepsVars: boolean
  /** Nothing of it is ever reached by anyone. */
  isDry: boolean
}

export function readDeployArguments(args: readonly string[]): DeployArguments {
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
  const vars: Record<string, string> = {}
  // One --var takes several, of which all but the first look like something else.
  for (const text of [...(values.var ?? []), ...positionals].map(String)) {
    const [, name, value = ''] = /^(\w+):(.*)$/s.exec(text) ?? []
    if (name !== undefined) vars[name] = value
  }
  return {
    ...(typeof values.config === 'string' ? { config: values.config } : {}),
    ...(typeof values.env === 'string' ? { environment: values.env } : {}),
    vars,
    keepsVars: isOn(args, '--keep-vars'),
    isDry: isOn(args, '--dry-run') || isOn(args, '--help', '-h'),
  }
}

/** Whether a flag is there and nothing takes it back, for which wrangler knows more forms than parseArgs. */
function isOn(args: readonly string[], ...names: string[]): boolean {
  const flags = (args.includes('--') ? args.slice(0, args.indexOf('--')) : args).map(hyphenated)
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

/** Its name as wrangler documents it: --dryRun is the same. */
const hyphenated = (flag: string): string =>
  flag.replace(/^--[^=]+/, (name) => name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`))
