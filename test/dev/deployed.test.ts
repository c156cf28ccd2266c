/** What wrangler.toml sets, however it is written, and that no deployment goes live as this machine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Misuse } from '../../src/dev/command-line.ts'
import { basePath, issuerFault, planDeployment, requireChosen } from '../../src/dev/deployed.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'curfew-test-'))
  file = join(folder, 'wrangler.toml')
  await writeFile(
    file,
    `name = 'curfew'
compatibility_date = "2026-10-20"
[env.staging.vars]
BASE_PATH = "/staging"
ISSUER = "https://staging.example.com"
[vars]
  BASE_PATH = '/auth/v1' # as an operator may write it
  ISSUER = 'http://localhost:8787'
`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

test('the base path is the deployed one, by the rules of TOML, and no environment’s', async () => {
  expect(await basePath(file)).toBe('/auth/v1')
})

test('what is chosen for one start contradicts a default, but not what the file may set', async () => {
  const chosen = { SESSION_IDLE_TTL: '31536000' }
  await expect(requireChosen(chosen, file)).rejects.toThrow(
    new Misuse(
      'The configuration has 1 mistake:\n- SESSION_IDLE_TTL: must not be longer than SESSION_ABSOLUTE_TTL.',
    ),
  )
  const longer = join(folder, 'longer.toml')
  await writeFile(longer, "[vars]\nSESSION_ABSOLUTE_TTL = '31536000'\n")
  await expect(requireChosen(chosen, longer)).resolves.toBeUndefined()
})

/** Each look at a file is a wrangler that is loaded anew, some seconds on a busy machine. */
describe('a deployment', { timeout: 60_000 }, () => {
  const plan = (...args: string[]) => planDeployment(['--config', file, ...args])

  test('whose ISSUER is this machine is refused, unless it is a dry run', async () => {
    const given = ['--var', 'BASE_PATH:/given', 'ISSUER:https://auth.example.com']
    const [top, environment, dry, other] = await Promise.allSettled([
      plan(),
      plan('--env', 'staging'),
      plan('--dry-run', '--outdir', 'x'),
      plan(...given),
    ])
    expect(top).toMatchObject({
      status: 'rejected',
      reason: {
        message:
          'ISSUER in wrangler.toml is still http://localhost:8787: set it to the URL of this service.',
      },
    })
    expect(environment).toMatchObject({ value: { basePath: '/staging' } })
    const objections = [top.status === 'rejected' && top.reason.message]
    expect(dry).toMatchObject({ value: { basePath: '/auth/v1', objections } })
    expect(other).toMatchObject({ value: { basePath: '/given' } })
  })

  test('of an environment that lacks what it does not inherit is refused, and told what', async () => {
    const lacking = join(folder, 'environments.toml')
    const top = `name = 'curfew'
compatibility_date = "2026-10-20"
secrets = { required = ["SIGNING_KEYS", "REFRESH_SECRETS"] }
version_metadata = { binding = "CF_VERSION_METADATA" }
vars = { ISSUER = "https://auth.example.com", SIGN_UP = "closed", CORS_ORIGINS = "https://a.example" }
`
    await writeFile(
      lacking,
      `${top}
[env.bare]
[env.half]
vars = { ISSUER = "https://half.example.com", SIGN_UP = "open" }
secrets = { required = ["SIGNING_KEYS"] }
[env.kept]
vars = { SIGN_UP = "" }
secrets = { required = ["SIGNING_KEYS", "REFRESH_SECRETS", "ISSUER"] }
version_metadata = { binding = "CF_VERSION_METADATA" }
`,
    )
    const bare = ['--config', lacking, '--env', 'bare']
    const kept = ['--config', lacking, '-e', 'kept']
    const origins = ['--var', 'CORS_ORIGINS:https://b.example']
    const [all, some, part, ...fine] = await Promise.allSettled([
      planDeployment(bare),
      planDeployment(['--config', lacking, '--env=half']),
      planDeployment(kept),
      planDeployment([...kept, ...origins]),
      planDeployment([...kept, '--keep-vars']),
      planDeployment([...bare, '--dry-run']),
    ])
    const refusal = (lacks: string) => ({
      reason: {
        message: `[env.${lacks}: wrangler lets no environment inherit these from the top. Write them under its own name, a variable as "" for its default.`,
      },
    })
    const metadata = 'version_metadata.binding CF_VERSION_METADATA'
    const secrets = 'secrets.required SIGNING_KEYS, REFRESH_SECRETS'
    expect(all).toMatchObject(
      refusal(
        `bare] in environments.toml lacks vars.ISSUER, vars.SIGN_UP, vars.CORS_ORIGINS; ${secrets}; ${metadata}`,
      ),
    )
    expect(some).toMatchObject(
      refusal(
        `half] in environments.toml lacks vars.CORS_ORIGINS; secrets.required REFRESH_SECRETS; ${metadata}`,
      ),
    )
    expect(part).toMatchObject(refusal('kept] in environments.toml lacks vars.CORS_ORIGINS'))
    expect(fine).toHaveLength(3)
    for (const outcome of fine) expect(outcome).toMatchObject({ status: 'fulfilled' })
  })

  test('of an environment that inherits a route of the top is refused: it would take it away', async () => {
    const routed = join(folder, 'routes.toml')
    const vars = (name: string) => `vars = { ISSUER = "https://${name}.example.com" }`
    const ownRoute = 'routes = [{ pattern = "own.example.com", custom_domain = true }]'
    await writeFile(
      routed,
      `name = 'curfew'
compatibility_date = "2026-10-20"
routes = [{ pattern = "auth.example.com", custom_domain = true }, "example.com/auth/*"]
${vars('auth')}
[env.heir]
${vars('heir')}
[env.none]
${vars('none')}
routes = []
[env.own]
${vars('own')}
${ownRoute}
`,
    )
    const planned = (...args: string[]) => planDeployment(['--config', routed, ...args])
    const [heir, dry, ...fine] = await Promise.allSettled([
      planned('--env', 'heir'),
      planned('--env', 'heir', '--dry-run'),
      planned('--env', 'heir', '--route', 'heir.example.com/*'),
      planned(),
      planned('--env', 'none'),
      planned('--env', 'own'),
    ])
    const message =
      "[env.heir] in routes.toml has routes of the top, and would take them away from the top's service: auth.example.com, example.com/auth/*. Write routes of its own there, or routes = []."
    expect(heir).toMatchObject({ reason: { message } })
    expect(dry).toMatchObject({ value: { objections: [message] } })
    for (const outcome of fine) expect(outcome).toMatchObject({ status: 'fulfilled' })
  })

  test('of an environment with routes of its own goes live, though the top has a single route', async () => {
    const single = join(folder, 'route.toml')
    const vars = 'vars = { ISSUER = "https://auth.example.com" }'
    const route = 'route = { pattern = "auth.example.com/*", zone_name = "example.com" }'
    await writeFile(
      single,
      `name = 'curfew'
compatibility_date = "2026-10-20"
${route}
${vars}
[env.heir]
${vars}
[env.none]
${vars}
routes = []
[env.own]
${vars}
routes = ["own.example.com/*"]
[env.single]
${vars}
route = "own.example.com/*"
`,
    )
    const planned = (name: string) => planDeployment(['--config', single, '--env', name])
    const [heir, ...fine] = await Promise.allSettled(['heir', 'none', 'own', 'single'].map(planned))
    expect(heir).toMatchObject({
      reason: { message: expect.stringContaining('routes of the top') },
    })
    for (const outcome of fine) expect(outcome).toMatchObject({ status: 'fulfilled' })
  })

  test('of an environment that is not there is refused: it would call itself what the top does', async () => {
    const alone = join(folder, 'alone.toml')
    const vars = 'vars = { ISSUER = "https://auth.example.com" }'
    await writeFile(alone, `name = 'curfew'\ncompatibility_date = "2026-10-20"\n${vars}\n`)
    const staging = ['--config', alone, '--env', 'staging']
    await expect(planDeployment(staging)).rejects.toThrow(
      'alone.toml has no [env.staging], so it would go live with the ISSUER of the top: write that section, with an ISSUER of its own.',
    )
    const given = planDeployment([...staging, '--var', 'ISSUER:https://staging.example.com'])
    await expect(given).resolves.toMatchObject({ basePath: '' })
  })

  test.each([
    'http://localhost',
    'https://localhost:8787/auth',
    'http://curfew.localhost',
    'http://127.0.0.1:8787',
    'http://[::1]:8787',
  ])('does not go live as %s', (issuer) => {
    expect(issuerFault('ISSUER', issuer)).toBe(
      `ISSUER is still ${issuer}: set it to the URL of this service.`,
    )
  })

  test.each([undefined, 'https://auth.example.com', 'https://localhost.example.com/a'])(
    'may be %s',
    (issuer) => {
      expect(issuerFault('ISSUER', issuer)).toBeNull()
    },
  )

  test('does not go live with tokens that can be read on the way', () => {
    expect(issuerFault('--var ISSUER', 'http://auth.example.com')).toBe(
      '--var ISSUER is http://auth.example.com: an issuer is reached by https, or tokens could be read on the way.',
    )
  })

  test('by a file that is no TOML is refused, and told at which line', async () => {
    const broken = join(folder, 'broken.toml')
    await writeFile(broken, "name = 'curfew'\n[vars\n")
    await expect(planDeployment(['--config', broken])).rejects.toThrow(
      new Misuse(`${broken}, line 2: Invalid TOML document: illegal character in key`),
    )
  })

  test('is told elsewhere of an issuer that is none', () => {
    expect(issuerFault('ISSUER', 'localhost')).toBeNull()
  })

  test('with a setting that there is not is refused, dry or not, and told where it stands', async () => {
    const misspelt = join(folder, 'misspelt.toml')
    await writeFile(
      misspelt,
      'name = "curfew"\ncompatibility_date = "2026-10-20"\n[vars]\nISSUER = "https://a.example"\nSIGNUP = "closed"\n',
    )
    const args = ['--config', misspelt, '--var', 'LIMIT_LOGUOT:1/1']
    for (const more of [[], ['--dry-run']])
      await expect(planDeployment([...args, ...more])).rejects.toThrow(
        new Misuse(
          'There is no such setting: SIGNUP in misspelt.toml, --var LIMIT_LOGUOT. README.md lists those that there are.',
        ),
      )
  })

  describe('whose settings the service would refuse', () => {
    const write = async (name: string, ...lines: string[]) => {
      const path = join(folder, name)
      const head = "name = 'curfew'\ncompatibility_date = '2026-10-20'"
      await writeFile(path, [head, ...lines].join('\n'))
      return ['--config', path]
    }
    const refusal = (place: string, ...mistakes: string[]) =>
      [`With the settings in ${place} the service would answer nothing:`, ...mistakes].join('\n- ')

    test('is told all of it, dry or not, as the service itself would say it, and in which file', async () => {
      const args = await write(
        'mistakes.toml',
        '[vars]',
        'ISSUER = "auth.example.com"',
        'BASE_PATH = "auth"',
        'ACCESS_TOKEN_TTL = 60',
        'CLIENTS = "[]]"',
        'CORS_ORIGINS = "*"',
        'LIMIT_LOGOUT = "20"',
        '[env.long.vars]',
        'ISSUER = "http://localhost:8787"',
        'BASE_PATH = ""',
        'ACCESS_TOKEN_TTL = 86400',
        'SESSION_IDLE_TTL = 86400',
        'CLIENTS = ""',
        'CORS_ORIGINS = ""',
        'LIMIT_LOGOUT = ""',
      )
      const said = refusal(
        'mistakes.toml',
        'ISSUER: must be an http(s) URL.',
        "BASE_PATH: must look like '/auth/v1'.",
        'ACCESS_TOKEN_TTL: must be at least 91.',
        'CLIENTS: must be a JSON array of clients, each {"id":"…","secret_sha256":["…"]} or {"id":"…","public":true}.',
        "CORS_ORIGINS: item 1 must be an origin as browsers send it, such as 'https://app.example.com': no slash at its end, no star.",
        "LIMIT_LOGOUT: must be calls and seconds, such as '20/300', from 1/1 to 999999/99999.",
      )
      // A dry run is made to hear of such things.
      await expect(planDeployment([...args, '--dry-run'])).rejects.toThrow(new Misuse(said))
      const local =
        'ISSUER of [env.long] in mistakes.toml is still http://localhost:8787: set it to the URL of this service.'
      const contradiction =
        'SESSION_IDLE_TTL: must be longer than ACCESS_TOKEN_TTL, or sessions end while they are used.'
      const both = `${local}\n${refusal('[env.long] of mistakes.toml', contradiction)}`
      await expect(planDeployment([...args, '-e', 'long'])).rejects.toThrow(new Misuse(both))
      const given = ['--var', 'ISSUER:https://auth.example.com', 'SIGN_UP:maybe']
      await expect(planDeployment([...args, '-e', 'long', ...given])).rejects.toThrow(
        new Misuse(
          refusal(
            '[env.long] of mistakes.toml and --var',
            'SIGN_UP: must be one of: open, closed.',
            contradiction,
          ),
        ),
      )
    })

    test('goes live when what is there is right, and nobody can say what is kept or a secret', async () => {
      const short = ['[vars]', 'SESSION_IDLE_TTL = 600']
      const secrets = 'secrets = { required = ["ACCESS_TOKEN_TTL"] }'
      const alone = await write('short.toml', ...short)
      const secret = await write('secret.toml', secrets, ...short)
      const wrong = await write('kept.toml', 'keep_vars = true', ...short, 'SIGN_UP = false')
      await expect(planDeployment([...alone, '--keep-vars'])).resolves.toMatchObject({
        basePath: '',
      })
      await expect(planDeployment(secret)).resolves.toMatchObject({ basePath: '' })
      await expect(planDeployment(wrong)).rejects.toThrow(
        new Misuse(refusal('kept.toml', 'SIGN_UP: must be one of: open, closed.')),
      )
    })
  })
})
