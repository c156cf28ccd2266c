/** `npm run keys`: prints fresh secrets for a deployment and the steps to set them. Changes nothing itself. */
import { readOptions, runCommand } from './command-line.ts'
import { newRefreshSecret, newSigningKeys, readSigningKeys } from './secrets.ts'

const help = `Makes the secrets of a deployment and says how to set them.

  npm run -s keys                              a first SIGNING_KEYS and REFRESH_SECRETS
  npm run -s keys -- --rotate signing-keys.json
  npm run -s keys -- --rotate SIGNING_KEYS     a new key in front of the present ones

Options
  --rotate <file or name>   a file or an environment variable with the present SIGNING_KEYS
  --help                    this text

The secrets are printed to stdout, once. Keep a copy of SIGNING_KEYS in your password store:
Cloudflare shows a secret to nobody, and a rotation needs the present keys.`

const first = async (): Promise<string> => `Set each value once; wrangler asks for it:

1. npx wrangler secret put SIGNING_KEYS

${await newSigningKeys()}

2. npx wrangler secret put REFRESH_SECRETS

${newRefreshSecret()}

3. The REST URL and token of your Upstash database:
   npx wrangler secret put UPSTASH_REDIS_REST_URL
   npx wrangler secret put UPSTASH_REDIS_REST_TOKEN

4. npm run deploy

Keep a copy of SIGNING_KEYS in your password store: a rotation needs it.`

async function rotated(source: string): Promise<string> {
  const older = await readSigningKeys(source)
  const kept =
    older.length === 1 ? 'the present key still verifies' : 'the present keys still verify'
  return `The new key is the first and signs from now on; ${kept}:

1. npx wrangler secret put SIGNING_KEYS

${await newSigningKeys(older)}

2. Wait until the last access token of the old key has expired (ACCESS_TOKEN_TTL, 15 minutes
   unless you changed it; admin tokens: what --expires-in said, at most a day).
   Were keys stolen, do not wait: go to step 3 now, and everyone's next request refreshes.

3. Take the old keys out of the list and set SIGNING_KEYS again.

REFRESH_SECRETS rotates the same way: put a new secret in front, separated by a comma,
and take the old one out after SESSION_ABSOLUTE_TTL (30 days unless you changed it).
A fresh one:

${newRefreshSecret()}`
}

runCommand(async () => {
  const options = readOptions({
    rotate: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return console.log(help)
  console.log(await (options.rotate === undefined ? first() : rotated(options.rotate)))
})
