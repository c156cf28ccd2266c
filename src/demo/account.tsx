/** The account's screen: its cards, and what they tell each other. */

import { useEffect, useState, useSyncExternalStore } from 'react'
import { type Labels, SessionList, useAuth, useSessions } from '../react/index.ts'
import { EventsCard } from './events-card.tsx'
import { ScreenHeading } from './heading.tsx'
import { PasswordCard } from './password-card.tsx'
import { WaysOutCard } from './ways-out-card.tsx'
import { getExhibits, subscribe, testDeviceName, tryAll } from './witness.ts'

const words: Partial<Labels> = {
  device: ({ id, device, place }) =>
    [testDeviceName(id), device || 'Unknown device', place].filter(Boolean),
}

/** `onLeave` is told what to say once this screen is gone. */
export function Account({ onLeave }: { onLeave: (said: string) => void }) {
  const { user } = useAuth()
  const sessions = useSessions()
  const { reload } = sessions
  const [turn, setTurn] = useState(0)

  /** Something ended: every list is asked for again, and every token tried. */
  const refreshAll = () => {
    setTurn((before) => before + 1)
    void reload()
    void tryAll()
  }

  const exhibits = useSyncExternalStore(subscribe, () => getExhibits().length)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a test device is one device more.
  useEffect(() => void reload(), [exhibits, reload])

  useEffect(() => {
    // Much can have happened elsewhere meanwhile.
    const look = () => document.visibilityState === 'visible' && void reload()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [reload])

  return (
    <>
      <div className="greeting">
        <ScreenHeading>Your account</ScreenHeading>
        <p>
          {user?.email}
          {user &&
            `, since ${new Date(user.created_at).toLocaleDateString(undefined, { dateStyle: 'long' })}`}
        </p>
      </div>
      <div className="cards">
        <div>
          <section className="card early" aria-labelledby="devices">
            <h2 id="devices">Your devices</h2>
            <p>Wherever you are signed in. End any session you don't recognise.</p>
            <SessionList from={sessions} onEnd={refreshAll} labels={words} />
          </section>
          <EventsCard turn={turn} />
        </div>
        <div>
          {/* After a confirmed logout the lists are reloaded without us: see `endings`. */}
          <WaysOutCard onLogout={({ ok }) => (ok ? void tryAll() : refreshAll())} />
          <PasswordCard onChanged={refreshAll} onLeave={onLeave} />
        </div>
      </div>
    </>
  )
}
