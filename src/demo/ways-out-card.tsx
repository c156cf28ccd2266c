/** Every way to log out, with what each of them ends. */

import { type ReactNode, useSyncExternalStore } from 'react'
import { LogoutButton, LogoutWithConfirmation } from '../react/index.ts'
import { chooseIdle, getCurrent, subscribeCurrent } from './current-client.ts'
import { idleChoices } from './preferences.ts'

export function WaysOutCard({ onLogout }: { onLogout: () => void }) {
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
        <Way name="Nobody there" what="Logs out when nothing happens in any tab, after a warning.">
          <select
            aria-label="Log out when nothing happens for"
            value={preferences.idleMinutes}
            onChange={(event) => void chooseIdle(Number(event.target.value))}
          >
            {idleChoices.map((minutes) => (
              <option key={minutes} value={minutes}>
                {minutes === 0 ? 'Never' : `After ${minutes} min`}
              </option>
            ))}
          </select>
        </Way>
        <Way
          name="Browser closed"
          what={
            preferences.keep
              ? 'You chose to stay signed in. Choose again when you sign in next.'
              : 'This session is forgotten when the browser closes.'
          }
        />
      </dl>
    </section>
  )
}

const Way = ({ name, what, children }: { name: string; what: string; children?: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{what}</dd>
    {children && <dd className="act">{children}</dd>}
  </div>
)
