/** Owns what is said once, of every operation: the words before the list. */

import { problemBody } from '../http/problem.ts'
import { headerForCookies, headersEverywhere, headersForAllowedOrigins } from './headers.ts'
import { errorsElsewhere } from './refusals.ts'

const code = (text: string): string => `\`${text}\``
const list = (names: readonly string[]): string => names.map(code).join(', ')

const elsewhere = errorsElsewhere
  .map(({ words }) => `- ${words.status} ${code(JSON.stringify(problemBody(words, false)))}`)
  .join('\n')

export const introduction = `Curfew ends sessions: after a logout returns, no token of the ended sessions works anywhere.

## Errors

Every error is JSON with the HTTP status as \`code\`, a stable \`error_code\` to branch on, and a sentence for people in \`msg\`. On \`/token\`, \`/revoke\` and \`/introspect\` it also has OAuth's \`error\` and \`error_description\`.

The schema \`Error\` lists the codes, including those that the guard gives at other APIs; each answer here lists its own.

Where there is no operation:

${elsewhere}

A 405 lists the methods in \`Allow\`. Where a file is served (\`/\`, \`/docs/\`), other methods get the platform's bare 405: no \`Allow\`, no JSON, no \`X-Request-Id\`. A service whose settings are wrong answers everything with 500 \`service_misconfigured\`, without an \`X-Request-Id\`.

## Headers

Every answer has an \`X-Request-Id\`, and \`Cache-Control: no-store\` unless it is the same for everyone. Every answer also carries ${list(headersEverywhere)}; answers to pages of an origin in \`CORS_ORIGINS\` also ${list(headersForAllowedOrigins)}, and ${code(headerForCookies)} to those of them that chose the cookie. Files are an exception (\`/\`, where it is one, and \`/docs/\`): they have no \`X-Request-Id\` and no \`Vary\`, and a cache may keep them. So is the 500 \`service_misconfigured\`, which of these has \`Cache-Control\` alone.

Where calls are limited, ${list(['RateLimit-Policy', 'RateLimit'])} and \`X-RateLimit-*\` say what is left, once the call has been counted; a 429 has \`Retry-After\`, and so has every 503 where asking again may help, but that of \`/health\`.
`

export const tags = [
  { name: 'Sessions', description: 'Signing in, and out.' },
  { name: 'Account', description: 'Your own account.' },
  {
    name: 'Administration',
    description: 'For operators: tokens with the role `admin` or `service_role`.',
  },
  { name: 'OAuth', description: 'The standard endpoints, for clients and verifiers.' },
  { name: 'Service', description: 'The service itself.' },
]
