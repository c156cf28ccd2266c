/**
 * Every piece of the kit on one page, in StrictMode, for tests to press. `?signInPage=`, `?idle=`, `?transport=`, `?logOut=` and
 * `?failToNavigate=` go to the provider. `?next=` adds pieces that everybody sees, and a button that signs in that person.
 */

import { StrictMode, useState, version } from 'react'
import {
  AuthProvider,
  IdleWarning,
  LogoutButton,
  LogoutNotice,
  LogoutOptions,
  LogoutWithConfirmation,
  SessionList,
  SignedIn,
  SignedOut,
  useAuth,
  useLogout,
  useSessions,
} from '../../../src/react/index.ts'

function SignIn({ query, children = 'Sign in' }: { query: URLSearchParams; children?: string }) {
  const { signIn } = useAuth()
  return (
    <button
      type="button"
      onClick={() =>
        signIn({ email: query.get('email') ?? '', password: query.get('password') ?? '' })
      }
    >
      {children}
    </button>
  )
}

/** Ways to end sessions by the functions of useAuth. */
function OtherEnds() {
  const { sessionId, endSession, clearTokens, logout } = useAuth()
  return (
    <p>
      <button type="button" onClick={clearTokens}>
        clearTokens
      </button>
      <button type="button" onClick={() => endSession(sessionId ?? '')}>
        endSession
      </button>
      <button type="button" onClick={() => logout({ scope: 'others', redirectTo: false })}>
        the others, and stay
      </button>
    </p>
  )
}

/** Always shown, whoever is signed in. */
function Devices() {
  const { sessionId } = useAuth()
  const { loading, sessions, error, end } = useSessions()
  return (
    <p>
      {loading ? 'Looking' : `${sessions.length} devices, ${error?.code ?? 'no trouble'}`}
      <button type="button" onClick={() => end(sessionId ?? '')}>
        end my own
      </button>
    </p>
  )
}

/** Pieces that are shown also when nobody is signed in, and a button that changes accounts. */
function ForEverybody({ query }: { query: URLSearchParams }) {
  const next = new URLSearchParams(query)
  next.set('email', query.get('next') ?? '')
  return (
    <section aria-label="For everybody">
      <SessionList />
      <LogoutOptions>Leave</LogoutOptions>
      <SignIn query={next}>Next, please</SignIn>
    </section>
  )
}

const failToNavigate = () => {
  throw new TypeError('no such route')
}

function Documented() {
  const { logout, loading, error, status, data, reset } = useLogout({ scope: 'others' })
  return (
    <p>
      {/* Undefined is as if left out: it does not undo what the hook was given. */}
      <button type="button" onClick={() => logout({ scope: undefined })} disabled={loading}>
        useLogout
      </button>
      <output>{`${status} ${data?.server ?? 'nothing'} ${error?.code ?? 'fine'}`}</output>
      <button type="button" onClick={reset}>
        reset
      </button>
    </p>
  )
}

function Who() {
  const { user, loading, isAuthenticated } = useAuth()
  return <h1>{loading ? 'Loading' : isAuthenticated ? user?.email : 'Nobody'}</h1>
}

export function Kit({ search }: { search: string }) {
  const query = new URLSearchParams(search)
  const idle = Number(query.get('idle'))
  const [isThere, setThere] = useState(true)
  if (!isThere) return <p>Taken away</p>
  return (
    <StrictMode>
      <button type="button" onClick={() => setThere(false)}>
        take it all away
      </button>
      <AuthProvider
        options={{
          ...(idle && { idle: { after: idle, warnFor: 20 } }),
          ...(query.get('transport') === 'bearer' && { transport: 'bearer' }),
        }}
        signInPage={query.get('signInPage') ?? undefined}
        navigate={query.has('failToNavigate') ? failToNavigate : undefined}
        labels={{
          stay: 'Keep me here',
          // Undefined is as if left out: a translation may lack a word.
          ...({ logOut: query.get('logOut') ?? undefined } as object),
        }}
      >
        <p>React {version}</p>
        <Who />
        <LogoutNotice />
        <SignedOut whileLoading={<p>Wait</p>}>
          <SignIn query={query} />
        </SignedOut>
        <Devices />
        {query.has('next') && <ForEverybody query={query} />}
        <SignedIn>
          <LogoutButton>Plain</LogoutButton>
          <LogoutButton scope="global" labels={{ loggingOut: 'Everywhere…' }}>
            Everywhere
          </LogoutButton>
          <LogoutWithConfirmation>Ask first</LogoutWithConfirmation>
          <LogoutWithConfirmation scope="others">Ask for the others</LogoutWithConfirmation>
          <LogoutOptions
            onKeyDown={({ key }) => {
              document.title = key
            }}
          >
            Options
          </LogoutOptions>
          <SessionList />
          <Documented />
          <OtherEnds />
          <IdleWarning />
        </SignedIn>
      </AuthProvider>
    </StrictMode>
  )
}
