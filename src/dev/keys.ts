/** `npm run keys`: prints fresh secrets for a deployment and the steps to set them. Changes nothing itself. */
import { items, mistakesIn } from '../config.ts'
import { KEYS_MAX } from '../config-keys.ts'
import { BUILT_IN_CLIENTS, clientIdFault } from '../domain/client.ts'
import { Misuse, print, readOptions, runCommand } from './command-line.ts'
import { planRotation } from './rotation.ts'
import { keySet, newRefreshSecret, newSecret, newSigningKeys, readSecrets } from './secrets.ts'

const help = `Makes the secrets of a deployment and says how to set them.

  npm run -s keys                              a first SIGNING_KEYS and REFRESH_SECRETS
  npm run -s keys -- --rotate signing-keys.json
  npm run -s keys -- --rotate SIGNING_KEYS     a new key in the place of the present ones, in three steps
  npm run -s keys -- --client my-api           a secret for an OAuth client, and its entry in CLIENTS

Options
  --rotate <file or name>   a file or an environment variable with the present SIGNING_KEYS;
                            one with lines as in .dev.vars may hold REFRESH_SECRETS too
  --client <id>             the id of a client that calls /token, /revoke or /introspect with a secret
  --help                    this text

The secrets are printed to stdout, once. Keep both in your password store: Cloudflare shows a secret
to nobody, and a rotation needs the present values.`

const first =
  async (): Promise<string> => `Sign in with \`npx wrangler login\`, and set each value once; wrangler asks for it:

1. npx wrangler secret put SIGNING_KEYS

${await newSigningKeys()}

2. npx wrangler secret put REFRESH_SECRETS

${newRefreshSecret()}

3. The REST URL and token of your Upstash database:
   npx wrangler secret put UPSTASH_REDIS_REST_URL
   npx wrangler secret put UPSTASH_REDIS_REST_TOKEN

4. Set ISSUER in wrangler.toml to the service's URL, and what else of the README's settings you want.

5. npm run deploy

Keep both secrets in your password store: a rotation needs them, and Cloudflare shows them to nobody.`

/** The next rotation starts from the stored copy: an old copy would start it with a key that may be gone. */
const store = 'Put this value in place of the old one in your password store.'

async function rotated(source: string): Promise<string> {
  const { keys: present, refreshSecrets } = await readSecrets(source, 'npm run -s keys -- --rotate')
  if (present.length >= KEYS_MAX)
    throw new Misuse(
      `"${source}" holds ${present.length} keys, and the service takes ${KEYS_MAX} with the new one: first take those away whose tokens have expired.`,
    )
  const { announced, promoted, retired, kid } = await planRotation(present)
  return `A rotation of SIGNING_KEYS in three steps; in each, \`npx wrangler secret put SIGNING_KEYS\` asks for the value.
The first key of the list signs, all of them verify. The new key is ${kid}.

Look first at <ISSUER>/.well-known/jwks.json: the first kid there must be
${present[0]?.kid}.
If it is another, "${source}" is not what the service has: a rotation from it could bring back a key
that was taken away.

1. Announce the new key. The present one still signs.

${keySet(announced)}

   ${store}

2. After 30 minutes: let the new key sign. By then every instance of the service has it, and so has
   every verifier: /.well-known/jwks.json may be kept for 10 minutes, on the way and once more there.

${keySet(promoted)}

   ${store}

3. When the last token of the old key has expired: take the old key away. Not before
   ACCESS_TOKEN_TTL after step 2 (15 minutes unless you changed it), and what --expires-in
   said for the last admin token (an hour unless you said more, at most a day).

${keySet(retired)}

   ${store}

Was a key stolen? Set the value of step 3 at once: every access token that is out is refused, and
guards and other verifiers follow within 20 minutes, by their copies of jwks.json; one that is
restarted follows at once. Then call POST /admin/logout, and everyone signs in again: a logout by a
token of the old key is a 401 and ends nothing, and auth-js calls that signed out. And read
/admin/audit: who had the key could make admin tokens. Their actor is service_role, or whomever the
thief wrote in its place.

REFRESH_SECRETS rotates in the same three steps, as a list with commas in between:
1. present,new    2. after 30 minutes: new,present
3. after the longest SESSION_IDLE_TTL that was set since before step 2 (7 days unless you changed it):
   new
Store each value as above. By step 3 every refresh token of the old secret has been exchanged, or its session has ended.
If one was stolen, deploy the new one alone immediately, and call POST /admin/logout: who has the
secret can make the refresh token of any session. Everyone has to sign in again.
${refreshSecrets === undefined ? `A fresh one:\n\n${newRefreshSecret()}` : refreshValues(source, refreshSecrets)}`
}

/** The value of each step, where the source holds the present ones too. */
function refreshValues(source: string, present: string): string {
  const mistakes = mistakesIn({ REFRESH_SECRETS: present })
  if (mistakes.length > 0)
    throw new Misuse(`The secrets of "${source}" cannot be used. ${mistakes.join(' ')}`)
  const secrets = items(present)
  const made = newRefreshSecret()
  return `
The value of each step, with a fresh one. If the present ones of "${source}" are not
those that the service has, everyone whose session is of a missing one has to sign in again.

1. \`npx wrangler secret put REFRESH_SECRETS\`

${[...secrets, made].join()}

2. 30 minutes later

${[made, ...secrets].join()}

3. When the sessions of the old one are over

${made}`
}

async function client(id: string): Promise<string> {
  const fault = clientIdFault(id)
  if (fault === 'shape')
    throw new Misuse(
      '--client must be 1 to 64 letters, digits, dots, dashes, underscores or tildes.',
    )
  if (fault === 'taken')
    throw new Misuse(`--client must not be a built-in client (${BUILT_IN_CLIENTS.join(', ')}).`)
  const secret = newSecret()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  const hash = Buffer.from(digest).toString('hex')
  return `The secret of ${id}, for its own settings. Curfew needs to know its hash only:

${secret}

The entry of ${id} in the JSON array of CLIENTS. To replace a secret, put the hash of the new one
beside the old one, give the client the new secret, and take the old hash away:

${JSON.stringify({ id, secret_sha256: [hash] })}`
}

runCommand(async () => {
  const options = readOptions({
    rotate: { type: 'string' },
    client: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help) return print(help)
  if (options.client !== undefined && options.rotate !== undefined)
    throw new Misuse('--rotate and --client are two things: ask for one after the other.')
  if (options.client !== undefined) return print(await client(options.client))
  print(await (options.rotate === undefined ? first() : rotated(options.rotate)))
})
