/** `npm run admin-token`: prints a token with the service role, alone on stdout. Hints go to stderr. */

import { audienceSetting, issuerSetting } from '../config-addresses.ts'
import { DEFAULT_AUDIENCE, SERVICE_TOKEN_TTL, SERVICE_TOKEN_TTL_MAX } from '../domain/policy.ts'
import { print, readOptions, requireSetting, runCommand, wholeNumber } from './command-line.ts'
import { likelyPort, localIssuer } from './port.ts'
import { localSecretsFile, readSigningKeys } from './secrets.ts'
import { mintServiceToken } from './service-token.ts'

const help = `Prints an admin token for the API, signed with your keys.

  npm run -s admin-token
  curl -H "Authorization: Bearer $(npm run -s admin-token)" http://localhost:8787/admin/users
  npm run -s admin-token -- --issuer https://auth.example.com --keys SIGNING_KEYS

Options
  --expires-in <seconds>   how long it works (default ${SERVICE_TOKEN_TTL}, at most ${SERVICE_TOKEN_TTL_MAX})
  --issuer <url>           who it says it is from (default: the service on PORT, else of the last \`npm run dev\` without --secrets)
  --audience <name>        whom it is for (default ${DEFAULT_AUDIENCE})
  --keys <file or name>    a file or an environment variable with SIGNING_KEYS (default .dev.vars)
  --help                   this text`

runCommand(async () => {
  const options = readOptions({
    'expires-in': { type: 'string', default: String(SERVICE_TOKEN_TTL) },
    issuer: { type: 'string' },
    audience: { type: 'string', default: DEFAULT_AUDIENCE },
    keys: { type: 'string', default: localSecretsFile },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return print(help)

  const expiresIn = wholeNumber('--expires-in', options['expires-in'], 1, SERVICE_TOKEN_TTL_MAX)
  const issuer = options.issuer ?? localIssuer(await likelyPort())
  requireSetting('--issuer', issuerSetting, issuer)
  requireSetting('--audience', audienceSetting, options.audience)
  const keys = await readSigningKeys(options.keys, 'npm run -s admin-token -- --keys')
  const token = await mintServiceToken({ keys, issuer, audience: options.audience, expiresIn })
  console.error(`Admin token for ${issuer}, good for ${expiresIn} seconds:`)
  print(token)
})
