/**
 * Owns small pages for tests of one piece each: in a shadow root, in a dialog, with two clients that are exchanged, with a list that
 * the page has asked for, and with a way on that is another function at each drawing.
 */

import { StrictMode, useState } from 'react'
import { type AuthClient, createAuthClient } from '../../../src/client/index.ts'
import {
  AuthProvider,
  LogoutOptions,
  SessionList,
  SignedIn,
  useAuth,
  useLogout,
  useSessions,
} from '../../../src/react/index.ts'

export interface PageProps {
  query: URLSearchParams
}

/** Signs in `?email=`, or `?next=` when it is `next`'s turn. */
export function Entry({ query, who }: PageProps & { who: 'email' | 'next' }) {
  const { signIn, user } = useAuth()
  const enter = () => signIn({ email: query.get(who) ?? '', password: query.get('password') ?? '' })
  return (
    <>
      <h1>{user?.email ?? 'Nobody'}</h1>
      <button type="button" onClick={enter}>
        Sign in
      </button>
    </>
  )
}

export function Shadow({ query }: PageProps) {
  return (
    <AuthProvider>
      <Entry query={query} who="email" />
      <LogoutOptions>Options</LogoutOptions>
    </AuthProvider>
  )
}

export function Dialog({ query }: PageProps) {
  return (
    <AuthProvider>
      <Entry query={query} who="email" />
      <button
        type="button"
        onClick={() => document.querySelector<HTMLDialogElement>('#account')?.showModal()}
      >
        Account
      </button>
      <dialog id="account">
        <SignedIn>
          <LogoutOptions>Options</LogoutOptions>
        </SignedIn>
      </dialog>
    </AuthProvider>
  )
}

const memoryOnly = (): AuthClient => createAuthClient({ transport: 'bearer', storage: 'memory' })
const clients = [memoryOnly(), memoryOnly()] as const

/** The second client, with nobody signed in at first, takes the place of the first one at the press of a button. */
export function Exchange({ query }: PageProps) {
  const [turn, setTurn] = useState<0 | 1>(0)
  return (
    <StrictMode>
      <button type="button" onClick={() => setTurn(1)}>
        exchange
      </button>
      <AuthProvider client={clients[turn]}>
        <Entry query={query} who={turn === 0 ? 'email' : 'next'} />
        <Devices />
        <Leave />
      </AuthProvider>
    </StrictMode>
  )
}

/** What everybody sees: a list that the page has asked for itself, how many ends it was told of, and a button for the next. */
export function Listed({ query }: PageProps) {
  return (
    <AuthProvider>
      <Entry query={query} who="email" />
      <OwnList query={query} />
    </AuthProvider>
  )
}

function OwnList({ query }: PageProps) {
  const { signIn } = useAuth()
  const sessions = useSessions()
  const [told, setTold] = useState(0)
  const next = { email: query.get('next') ?? '', password: query.get('password') ?? '' }
  return (
    <>
      <button type="button" onClick={() => signIn(next)}>
        Next, please
      </button>
      <SessionList from={sessions} onEnd={() => setTold((before) => before + 1)} />
      <p>Told of {told}</p>
    </>
  )
}

export function Redrawn({ query }: PageProps) {
  const [went, setWent] = useState('nowhere')
  const [times, setTimes] = useState(0)
  return (
    <AuthProvider signInPage="/sign-in" navigate={(to) => setWent(to)}>
      <Entry query={query} who="email" />
      <button type="button" onClick={() => setTimes((before) => before + 1)}>
        Draw anew
      </button>
      <p>
        Drawing {times}, went to <output>{went}</output>
      </p>
    </AuthProvider>
  )
}

function Devices() {
  const { sessions, end } = useSessions()
  return (
    <ul aria-label="Devices">
      {sessions.map(({ id, current }) => (
        <li key={id}>
          {id}
          {!current && (
            <button type="button" onClick={() => end(id)}>
              end the other
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

function Leave() {
  const { logout } = useLogout()
  const [told, setTold] = useState('nothing')
  return (
    <p>
      <button type="button" onClick={async () => setTold((await logout()).server)}>
        leave
      </button>
      <output>{told}</output>
    </p>
  )
}
