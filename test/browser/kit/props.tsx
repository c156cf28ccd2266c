/**
 * Owns pages whose pieces are given all that they take: words of their own, a way on and somebody to tell. `?scope=` is what they
 * log out, `?idle=` goes to the client, with `?stop=` the page stops every press, and with `?stay=` they go nowhere afterwards. And
 * two small pages: a provider that is lent a client, and a piece without a provider.
 */

import { StrictMode, type SyntheticEvent, useEffect, useState } from 'react'
import { createAuthClient, type LogoutResult } from '../../../src/client/index.ts'
import {
  AuthProvider,
  IdleWarning,
  type Labels,
  LogoutButton,
  type LogoutChoice,
  LogoutNotice,
  LogoutOptions,
  LogoutWithConfirmation,
  SessionList,
  SignedIn,
  useAuth,
  useLogout,
} from '../../../src/react/index.ts'
import { Entry, type PageProps } from './pages.tsx'

const each = <Key extends string>(keys: readonly Key[], words: string) =>
  Object.fromEntries(keys.map((key) => [key, `${words} ${key}`])) as Record<Key, string>
const scopes = ['local', 'others', 'global'] as const

/** Words that tell which piece says them. */
const wordsOf = (piece: string): Partial<Labels> => ({
  ...each(['logOut', 'loggingOut', 'cancel', 'options', 'idleTitle', 'stay', 'unconfirmed'], piece),
  ...each(['thisDevice', 'otherDevices', 'allDevices', 'sessions', 'currentSession'], piece),
  ...each(['unconfirmedSignedIn', 'tryAgain'], piece),
  confirmTitle: each(scopes, `${piece} title`),
  confirmText: each(scopes, `${piece} text`),
  ended: each(['logout', 'elsewhere', 'idle', 'expired'], `${piece} ended`),
  idleText: (seconds) => `${piece} ${seconds} s`,
  outcome: ({ server }) => `${piece} ${server}`,
  failed: ({ code }) => `${piece} ${code}`,
})

const stop = (event: SyntheticEvent) => event.preventDefault()

export function Props({ query }: PageProps) {
  const [went, setWent] = useState('nowhere')
  const [told, setTold] = useState('nothing')
  const [pressed, setPressed] = useState('nothing')
  const scope = scopes.find((one) => one === query.get('scope'))
  const after = Number(query.get('idle'))
  const take = (piece: string) => ({
    redirectTo: query.has('stay') ? (false as const) : `/${piece}`,
    onLogout: ({ server }: LogoutResult) => setTold(`${piece} ${server}`),
    labels: wordsOf(piece),
  })
  const press = (piece: string) => ({
    onClick(event: SyntheticEvent) {
      setPressed(piece)
      if (query.has('stop')) stop(event)
    },
  })
  return (
    <StrictMode>
      <AuthProvider
        options={after ? { idle: { after, warnFor: 20.5 } } : {}}
        signInPage="/sign-in"
        navigate={setWent}
      >
        <Entry query={query} who="email" />
        <p>
          Went to <output>{went}</output>, told <output>{told}</output>
        </p>
        <p>
          Pressed <output>{pressed}</output>
        </p>
        <LogoutNotice labels={wordsOf('notice')} />
        <SignedIn whileLoading={<p>Not known yet</p>}>
          <LogoutButton scope={scope} {...take('button')} {...press('button')} />
          <LogoutWithConfirmation scope={scope} {...take('question')} {...press('question')} />
          <LogoutOptions
            {...take('options')}
            scopes={['others', 'local']}
            className="own"
            aria-label="Ways out"
            onKeyDown={query.has('stop') ? stop : undefined}
          />
          <Hooked />
          <SessionList labels={wordsOf('list')} />
          <IdleWarning labels={wordsOf('idle')} />
        </SignedIn>
      </AuthProvider>
    </StrictMode>
  )
}

/** Logs out by the hook: where it was told at first, or as this press tells it, or twice at one press. Tells when a warning ends. */
function Hooked() {
  const { logout } = useLogout({ redirectTo: '/hook' })
  const { logout: wrongly } = useLogout('global' as LogoutChoice)
  const { idleWarning, endings, logout: plainly } = useAuth()
  const [refused, setRefused] = useState('')
  const [same, setSame] = useState<boolean>()
  useEffect(() => {
    if (idleWarning) document.title = String(idleWarning.endsAt)
  }, [idleWarning])
  return (
    <p>
      <button type="button" onClick={() => logout()}>
        hook logOut
      </button>
      <button type="button" onClick={() => logout({ redirectTo: '/press' })}>
        press logOut
      </button>
      <button
        type="button"
        onClick={() => {
          const [first, second] = [logout({ scope: 'others' }), logout({ scope: 'others' })]
          setSame(first === second)
        }}
      >
        twice
      </button>
      <button
        type="button"
        onClick={async () => {
          // As in JavaScript, where no type tells.
          const word = 'global' as LogoutChoice
          const wrong = [plainly(word), logout(word), wrongly()]
          setRefused((await Promise.allSettled(wrong)).map(({ status }) => status).join(', '))
        }}
      >
        a word alone
      </button>
      <span>{refused}</span>
      {same !== undefined && (same ? 'one logout' : 'two logouts')}
      <span>endings: {endings}</span>
    </p>
  )
}

/** A client that the page made itself, and a provider that goes away before it. */
export function Lent({ query }: PageProps) {
  const [client] = useState(() =>
    createAuthClient({ transport: 'bearer', storage: 'memory', idle: { after: 40, warnFor: 20 } }),
  )
  const [isThere, setThere] = useState(true)
  return (
    <StrictMode>
      <button type="button" onClick={() => setThere(false)}>
        take it all away
      </button>
      {isThere ? (
        <AuthProvider client={client}>
          <Entry query={query} who="email" />
        </AuthProvider>
      ) : (
        <p>Taken away</p>
      )}
    </StrictMode>
  )
}

export const Alone = () => <LogoutButton />
