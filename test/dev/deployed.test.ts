/** What wrangler.toml sets, however it is written, and that no deployment goes live as this machine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basePath, issuerFault, planDeployment } from '../../src/dev/deployed.ts'

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

describe('a deployment', () => {
  const plan = (...args: string[]) => planDeployment(['--config', file, ...args])

  test('that would go live as this machine is refused, and nothing else is', async () => {
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
    expect(dry).toMatchObject({ value: { basePath: '/auth/v1' } })
    expect(other).toMatchObject({ value: { basePath: '/given' } })
  })

  test('of an environment that lacks what it does not inherit is refused, and told what', async () => {
    const lacking = join(folder, 'environments.toml')
    const top = `name = 'curfew'
compatibility_date = "2026-10-20"
secrets = { required = ["SIGNING_KEYS", "REFRESH_SECRETS"] }
version_metadata = { binding = "CF_VERSION_METADATA" }
vars = { ISSUER = "https://auth.example.com" }
`
    await writeFile(
      lacking,
      `${top}
[env.bare]
[env.half]
vars = { ISSUER = "https://half.example.com" }
secrets = { required = ["SIGNING_KEYS"] }
[env.kept]
secrets = { required = ["SIGNING_KEYS", "REFRESH_SECRETS", "ISSUER"] }
version_metadata = { binding = "CF_VERSION_METADATA" }
`,
    )
    const bare = ['--config', lacking, '--env', 'bare']
    const [all, some, given, kept, dry, none] = await Promise.allSettled([
      planDeployment(bare),
      planDeployment(['--config', lacking, '--env=half']),
      planDeployment([...bare, '--var', 'ISSUER:https://bare.example.com']),
      planDeployment(['--config', lacking, '-e', 'kept']),
      planDeployment([...bare, '--dry-run']),
      planDeployment(['--config', lacking]),
    ])
    const refusal = (lacks: string) => ({
      reason: {
        message: `[env.${lacks}: wrangler lets no environment inherit these from the top. Write them under its own name.`,
      },
    })
    const metadata = 'version_metadata.binding CF_VERSION_METADATA'
    const secrets = 'secrets.required SIGNING_KEYS, REFRESH_SECRETS'
    expect(all).toMatchObject(
      refusal(`bare] in environments.toml lacks vars.ISSUER; ${secrets}; ${metadata}`),
    )
    expect(some).toMatchObject(
      refusal(`half] in environments.toml lacks secrets.required REFRESH_SECRETS; ${metadata}`),
    )
    expect(given).toMatchObject(refusal(`bare] in environments.toml lacks ${secrets}; ${metadata}`))
    for (const { status } of [kept, dry, none]) expect(status).toBe('fulfilled')
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
    await expect(given).resolves.toEqual({ basePath: '' })
  })

  test.each([
    'http://localhost',
    'https://localhost:8787/auth',
    'http://curfew.localhost',
    'http://LOCALHOST:1',
    'http://127.0.0.1:8787',
    'http://127.1',
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

  test('is told what the service itself would say', () => {
    expect(issuerFault('ISSUER', 'auth.example.com')).toBe('ISSUER must be an http(s) URL.')
  })
})
