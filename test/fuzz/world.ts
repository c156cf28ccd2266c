/** Owns the people whom requests name: one in each state, made anew when used up. Judges no answer. */

import { createRefreshTokens } from '../../src/crypto/refresh-token.ts'
import { generateSigningKey } from '../../src/crypto/signing-keys.ts'
import { CLIENTS } from '../support/oauth-clients.ts'
import { GENEROUS } from '../support/quotas.ts'
import { claimsOf, openStreet, type Street } from '../support/street.ts'
import { mutate, saysTheSame } from './forgeries.ts'

const PASSWORD = 'correct-horse-battery-of-the-fuzzer'
const SECRET = 'a-secret-of-the-fuzzer-that-is-long-enough'
/** Seconds by the street's clock for which somebody is used: well within the life of an access token. */
const STAYS_YOUNG = 600

interface Someone {
  email: string
  user: string
  access: string
  refresh: string
  madeAt: number
}

/** Texts with their places filled in, and what was put there. */
export interface Filled {
  fill: (text: string) => Promise<string>
  /** Who was named. */
  who: Set<string>
  /** Tokens and passwords that the request holds. */
  secrets: Set<string>
}

export interface World {
  street: Street
  beginFilling: () => Filled
  /** Forgets these people, whose tokens may work no longer: the next request for one makes somebody new. */
  spend: (who: Iterable<string>) => void
  /** Call after the end of everyone: forgets all people, and signs the bystander in anew. */
  endEveryone: () => Promise<void>
  /** Whether a token is one that works now. */
  isAlive: (token: string) => boolean
  bystanderIsIn: () => Promise<boolean>
}

const PLACE =
  /\*(access|refresh|ticket|email|user|session|list|password|fresh|uuid)(?:\.([a-z]+))?(?:\.([\w-]+))?\*/g

/** Quotas that requests soon fill, wide enough for the world's own calls. */
const TIGHT = {
  LIMIT_LOGOUT: '2/300',
  LIMIT_REAUTHENTICATE: '1/300',
  LIMIT_SIGN_IN_ACCOUNT: '9/300',
}

/** A call of the world's own got a 503, as on a busy machine once in an hour. find() then tries once more, which must succeed. */
class Unanswered extends Error {}

/** With `tight`, some requests are refused by quotas. */
export async function openWorld({ tight }: { tight: boolean }): Promise<World> {
  const key = await generateSigningKey()
  const street = await openStreet({
    env: {
      SIGNING_KEYS: JSON.stringify({ keys: [key] }),
      REFRESH_SECRETS: SECRET,
      CLIENTS,
      CORS_ORIGINS: 'https://app.example.com',
      ...GENEROUS,
      ...(tight ? TIGHT : {}),
    },
  })
  const refreshTokens = createRefreshTokens([SECRET])
  const people = new Map<string, Someone>()
  let count = 0

  const expectOk = async (method: string, path: string, call: object) => {
    const { status, body } = await street.call(method, path, call)
    if (status === 200) return Object(body)
    const what = `${method} ${path}: ${status} ${JSON.stringify(body)}`
    throw status === 503 ? new Unanswered(what) : new Error(what)
  }
  const sign = async (path: string, email: string): Promise<Someone> => {
    const body = await expectOk('POST', path, { body: { email, password: PASSWORD } })
    const { access_token: access, refresh_token: refresh, user } = body
    return { email, user: user.id, access, refresh, madeAt: street.clock.now }
  }
  const signUp = () => sign('/signup', `someone-${++count}@example.com`)
  const service = () => street.mint.signService(3600, street.clock.now)

  const makings: Record<string, () => Promise<Someone>> = {
    person: signUp,
    victim: signUp,
    async admin() {
      const { email, user } = await signUp()
      const order = { token: await service(), body: { role: 'admin' } }
      await expectOk('PUT', `/admin/users/${user}`, order)
      return sign('/token?grant_type=password', email)
    },
    async service() {
      return { ...(await signUp()), access: await service() }
    },
    async gone() {
      const someone = await signUp()
      await expectOk('POST', '/logout?scope=local', { token: someone.access })
      return someone
    },
    async stale() {
      const someone = await signUp()
      await expectOk('POST', '/token?grant_type=refresh_token', {
        body: { refresh_token: someone.refresh },
      })
      street.clock.pass(31)
      return { ...someone, madeAt: street.clock.now }
    },
  }

  const isYoung = ({ madeAt }: Someone) => street.clock.now - madeAt < STAYS_YOUNG * 1000

  async function find(name: string): Promise<Someone> {
    const found = people.get(name)
    if (found && isYoung(found)) return found
    const make = makings[name]
    if (!make) throw new TypeError(`There is nobody called ${name}.`)
    const made = await make().catch((error) => {
      if (error instanceof Unanswered) return make()
      throw error
    })
    people.set(name, made)
    return made
  }

  async function read(kind: string, name: string): Promise<string> {
    const someone = await find(name)
    switch (kind) {
      case 'access':
      case 'refresh':
      case 'email':
      case 'user':
        return someone[kind]
      case 'session':
        return String(claimsOf(someone.access).sid)
      case 'list':
        return String(Object(claimsOf(someone.access).status).status_list.uri.split('/').pop())
      default: {
        const token = refreshTokens.read(someone.refresh)
        if (!token) throw new TypeError('The refresh token of the world cannot be read.')
        return refreshTokens.mintTicket({ token, scope: 'local' })
      }
    }
  }

  function beginFilling(): Filled {
    const who = new Set<string>()
    const secrets = new Set<string>()
    const one = async (kind: string, name = 'person', how?: string): Promise<string> => {
      if (kind === 'fresh') return `${++count}`
      if (kind === 'uuid') return crypto.randomUUID()
      if (kind === 'password') {
        secrets.add(PASSWORD)
        return PASSWORD
      }
      who.add(name)
      const text = await read(kind, name)
      const isSecret = /^(access|refresh|ticket)$/.test(kind)
      if (how === 'upper') return text.toUpperCase()
      const spoilt = how === undefined ? text : await mutate(text, how, key)
      if (isSecret && spoilt !== '') secrets.add(spoilt)
      return spoilt
    }
    return {
      who,
      secrets,
      async fill(text) {
        let filled = ''
        let end = 0
        for (const match of text.matchAll(PLACE)) {
          const [whole, kind = '', name, how] = match
          filled += text.slice(end, match.index) + (await one(kind, name, how))
          end = match.index + whole.length
        }
        return filled + text.slice(end)
      },
    }
  }

  let bystander = await sign('/signup', 'bystander@example.com')
  return {
    street,
    beginFilling,
    spend(who) {
      for (const name of who) people.delete(name)
    },
    async endEveryone() {
      const { status } = await street.call('GET', '/user', { token: bystander.access })
      if (status !== 401) throw new Error(`After the end of everyone /user answers ${status}.`)
      people.clear()
      bystander = await sign('/token?grant_type=password', bystander.email)
    },
    isAlive: (token) =>
      [...people].some(
        ([name, { access }]) => !/gone|stale/.test(name) && saysTheSame(access, token),
      ),
    async bystanderIsIn() {
      if (!isYoung(bystander)) {
        const { status, body } = await street.refresh(bystander.refresh)
        if (status !== 200) return false
        const { access_token: access, refresh_token: refresh } = Object(body)
        bystander = { ...bystander, access, refresh, madeAt: street.clock.now }
      }
      const { status, body } = await street.call('GET', '/user', { token: bystander.access })
      if (status === 200) return body.email === bystander.email
      // Signs the bystander in again, so that the next request that ends its session is found too, and no other is blamed.
      bystander = await sign('/token?grant_type=password', bystander.email)
      return false
    },
  }
}
