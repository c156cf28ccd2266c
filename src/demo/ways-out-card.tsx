/** Every way to log out, with what each of them ends. */

import { type ReactNode, useState, useSyncExternalStore } from 'react'
import type { LogoutResult } from '../client/index.ts'
import { LogoutButton, LogoutWithConfirmation } from '../react/index.ts'
import { chooseIdle, getCurrent, subscribeCurrent } from './current-client.ts'
import { idleChoices, type Preferences } from './preferences.ts'

export function WaysOutCard({ onLogout }: { onLogout: (result: LogoutResult) => void }) {
  const { preferences } = useSyncExternalStore(subscribeCurrent, getCurrent)
  return (
    <section className="card early" aria-labelledby="ways-out">
      <h2 id="ways-out">Ways out</h2>
      <p>Whatever ends, ends with all its tokens, at once.</p>
      <dl className="ways">
        <Way name="This device" what="This browser, all its tabs.">
          <LogoutWithConfirmation scope="local" onLogout={onLogout} />
        </Way>
        <Way name="The others" what="You stay here; everywhere else you are out.">
          <LogoutButton scope="others" onLogout={onLogout}>
            Log out others
          </LogoutButton>
        </Way>
        <Way name="All devices" what="For the laptop left on the train. Here too.">
          <LogoutButton scope="global" onLogout={onLogout} className="curfew-danger">
            Log out everywhere
          </LogoutButton>
        </Way>
        <Way name="Idle" what="Logs out when nothing happens in any tab, after a warning.">
          <IdleChoice chosen={preferences.idleMinutes} />
        </Way>
        <Way name="Browser closed" what={whenClosed(preferences)} />
      </dl>
    </section>
  )
}

function whenClosed({ keep, idleMinutes }: Preferences): string {
  if (!keep) return 'This session is forgotten when the browser closes.'
  return idleMinutes === 0
    ? 'You chose to stay signed in. Choose again when you sign in next.'
    : `You stay signed in, unless nothing happens for ${idleMinutes} min.`
}

function IdleChoice({ chosen }: { chosen: number }) {
  /** The choice that waits until the service has said who is there. */
  const [wanted, setWanted] = useState<number | null>(null)
  const choose = async (minutes: number) => {
    setWanted(minutes)
    await chooseIdle(minutes)
    setWanted((latest) => (latest === minutes ? null : latest))
  }
  return (
    <>
      <select
        aria-label="Log out when nothing happens for"
        value={wanted ?? chosen}
        onChange={(event) => void choose(Number(event.target.value))}
      >
        {idleChoices.map((minutes) => (
          <option key={minutes} value={minutes}>
            {minutes === 0 ? 'Never' : `After ${minutes} min`}
          </option>
        ))}
      </select>
      <small role="status" className="late">
        {wanted !== null && 'Counts once the service has answered.'}
      </small>
    </>
  )
}

const Way = ({ name, what, children }: { name: string; what: string; children?: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{what}</dd>
    {children && <dd className="act">{children}</dd>}
  </div>
)
