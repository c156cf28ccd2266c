/** GET /.well-known/oauth-authorization-server (RFC 8414): where everything is, for clients that find out by themselves. */

import type { Context } from 'hono'
import type { MetadataBody } from '../../contract/answers.ts'
import { paths } from '../../contract/paths.ts'
import type { AppEnv } from '../environment.ts'
import { openToAll } from '../public-answer.ts'

const WITH_SECRET = ['client_secret_basic', 'client_secret_post']
const WITH_OR_WITHOUT = ['none', ...WITH_SECRET]

export function metadataRoute(c: Context<AppEnv>): Response {
  const { issuer, url } = c.var.services
  const body: MetadataBody = {
    issuer,
    jwks_uri: url + paths.jwks,
    token_endpoint: url + paths.token,
    token_endpoint_auth_methods_supported: WITH_OR_WITHOUT,
    revocation_endpoint: url + paths.revoke,
    revocation_endpoint_auth_methods_supported: WITH_OR_WITHOUT,
    introspection_endpoint: url + paths.introspect,
    introspection_endpoint_auth_methods_supported: WITH_SECRET,
    grant_types_supported: ['password', 'refresh_token'],
    // Section 2 requires the field; there is no authorization endpoint that it could say anything of.
    response_types_supported: [],
  }
  openToAll(c)
  return c.json(body, 200)
}
