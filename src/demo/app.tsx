/** Owns the frame of the page: who sees which screen, and what is said when that changes. */

import { useEffect, useState, useSyncExternalStore } from 'react'
import {
  AuthProvider,
  IdleWarning,
  LogoutButton,
  LogoutNotice,
  LogoutOptions,
  SignedIn,
  SignedOut,
  useAuth,
} from '../react/index.ts'
import { Account } from './account.tsx'
import { getCurrent, subscribeCurrent } from './current-client.ts'
import { countScreen } from './heading.tsx'
import { PromisePanel } from './promise-panel.tsx'
import { SignInScreen } from './sign-in-screen.tsx'
import { tryAll } from './witness.ts'

export function App() {
  const { client } = useSyncExternalStore(subscribeCurrent, getCurrent)
  return (
    <AuthProvider client={client}>
      <Frame />
    </AuthProvider>
  )
}

function Frame() {
  const { user, status, sessionId } = useAuth()
  const [said, setSaid] = useState('')
  useEffect(() => {
    document.title = status === 'signed_in' ? 'Your account · Curfew' : 'Curfew'
    if (status === 'signed_in') setSaid('')
  }, [status])
  return (
    <>
      <header className="top">
        <a className="brand" href="/">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          Curfew
        </a>
        <SignedIn>
          <span className="who">{user?.email}</span>
          <LogoutOptions align="end" onLogout={() => void tryAll()} />
        </SignedIn>
      </header>
      <main>
        <div className="notice">
          <LogoutNotice />
          <p className="good" role="status">
            {said}
          </p>
        </div>
        <SignedOut whileLoading={<Waiting />}>
          <SignInScreen />
        </SignedOut>
        <SignedIn>
          <Account key={sessionId} onLeave={setSaid} />
          <IdleWarning />
        </SignedIn>
        <PromisePanel />
      </main>
      <footer>
        After a logout returns, no token of the ended sessions works anywhere. That is all Curfew is
        about.
      </footer>
    </>
  )
}

/** Milliseconds until somebody wonders. */
const PATIENCE = 3000

function Waiting() {
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => {
      countScreen()
      setLate(true)
    }, PATIENCE)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="waiting">
      <p role="status">
        {isLate
          ? 'The service does not answer. Trying again…'
          : 'Checking whether you are signed in…'}
      </p>
      {/* Whoever wants to leave need not wait for the answer. */}
      {isLate && <LogoutButton />}
    </div>
  )
}
