/** Owns the people, devices and tokens that the document's examples are about. */

const ADA = '0b9f6a52-6c1e-4a7b-8f0d-2f6a4c9e1d37'
const GRACE = '5e2b8d17-40c9-4d3e-a6f1-7c9e0b2d4a85'
const LAPTOP = '6f1d2c84-93ab-4f0e-b7c5-8a1e5d0f3b62'
const PHONE = 'c2a7e9b0-1d45-4e68-9f3a-5b7c0d2e8f14'
const EMAIL = 'ada@example.com'
const ISSUER = 'https://auth.example.com'
const SIGNED_UP = '2026-11-02T08:15:00.000Z'
const NOW = '2026-11-22T16:00:00.000Z'
const now = Date.parse(NOW) / 1000

export const ids = { user: ADA, session: PHONE, list: 'e4d1c0b9-7a62-4f35-8e1d-0c9b8a7f6e5d' }
export const password = 'correct horse battery'
export const email = EMAIL
export const accessToken = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwYjlmNmE1MiJ9.c2ln'
export const refreshToken = 'v1.b2Zm.c2VjcmV0'

export const user = {
  id: ADA,
  aud: 'authenticated',
  role: 'authenticated',
  email: EMAIL,
  phone: '',
  email_confirmed_at: SIGNED_UP,
  confirmed_at: SIGNED_UP,
  last_sign_in_at: NOW,
  created_at: SIGNED_UP,
  updated_at: NOW,
  banned_until: null,
  app_metadata: { provider: 'email', providers: ['email'] },
  user_metadata: { name: 'Ada' },
  identities: [
    {
      identity_id: ADA,
      id: ADA,
      user_id: ADA,
      provider: 'email',
      identity_data: { sub: ADA, email: EMAIL, email_verified: true },
      email: EMAIL,
      last_sign_in_at: NOW,
      created_at: SIGNED_UP,
      updated_at: NOW,
    },
  ],
  is_anonymous: false,
}

export const cookieTokens = {
  access_token: accessToken,
  token_type: 'bearer',
  expires_in: 900,
  expires_at: now + 900,
  user,
}
export const tokens = { ...cookieTokens, refresh_token: refreshToken }

export const laptop = {
  id: LAPTOP,
  current: true,
  created_at: SIGNED_UP,
  last_seen_at: NOW,
  expires_at: '2026-11-29T16:00:00.000Z',
  device: 'Firefox on Windows',
  place: 'London, GB',
}
export const phone = {
  ...laptop,
  id: PHONE,
  current: false,
  last_seen_at: '2026-11-21T19:30:00.000Z',
  expires_at: '2026-11-28T19:30:00.000Z',
  device: 'Safari on iOS',
}

export const receipt = (message: string, scope: string, ended: number | null) => ({
  message,
  timestamp: NOW,
  scope,
  sessions_ended: ended,
})

export const reauthentication = {
  message: 'Reauthenticated',
  timestamp: NOW,
  valid_until: '2026-11-22T16:10:00.000Z',
}

export const auditEntry = {
  id: '1795449600000-0',
  at: NOW,
  action: 'user_modified',
  subject: ADA,
  actor: GRACE,
  session: '',
  ip: '203.0.113.7',
  place: 'London, GB',
  device: 'Firefox on Windows',
  request_id: '3f0c6a7e-52a8-4c1b-9e44-0d6b1f0f9a11',
  detail: 'role=admin; ends all',
}

export const event = {
  id: '1795449600000-0',
  at: NOW,
  action: 'logout',
  by: 'self',
  session: LAPTOP,
  ip: '203.0.113.7',
  place: 'London, GB',
  device: 'Firefox on Windows',
  detail: 'global',
}

export const introspected = {
  active: true,
  client_id: 'curfew',
  token_type: 'Bearer',
  exp: now + 900,
  iat: now,
  nbf: now,
  sub: ADA,
  aud: 'authenticated',
  iss: ISSUER,
  jti: '9d3b7c10-4e5f-4a21-b0c8-6f7e8d9c0a1b',
  role: 'authenticated',
  username: EMAIL,
  sid: LAPTOP,
  auth_time: now,
}

export const authorizationServer = {
  issuer: ISSUER,
  jwks_uri: `${ISSUER}/.well-known/jwks.json`,
  token_endpoint: `${ISSUER}/token`,
  token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
  revocation_endpoint: `${ISSUER}/revoke`,
  revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
  introspection_endpoint: `${ISSUER}/introspect`,
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  grant_types_supported: ['password', 'refresh_token'],
  response_types_supported: [],
}

export const keys = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      kid: '2026-11',
      alg: 'ES256',
      use: 'sig',
    },
  ],
}
