/** A button that logs out and shows how that goes. */

import type { ComponentProps, ReactNode } from 'react'
import type { LogoutResult } from '../client/index.ts'
import { type LogoutChoice, useLabels } from './context.ts'
import type { Labels } from './labels.ts'
import { LogoutOutcome } from './note.tsx'
import { PendingButton } from './pending-button.tsx'
import { useLogout } from './use-logout.ts'

export interface LogoutButtonProps extends ComponentProps<'button'>, LogoutChoice {
  /** After the server has answered, or could not be reached. */
  onLogout?: ((result: LogoutResult) => void) | undefined
  labels?: Partial<Labels> | undefined
}

/**
 * @example
 * <LogoutButton scope="global" redirectTo="/goodbye">Sign out everywhere</LogoutButton>
 */
export function LogoutButton({
  scope,
  redirectTo,
  onLogout,
  onClick,
  labels,
  children,
  ...button
}: LogoutButtonProps): ReactNode {
  const words = useLabels(labels)
  const { logout, loading, data } = useLogout({ scope, redirectTo })
  return (
    <>
      <PendingButton
        {...button}
        pending={loading}
        pendingText={words.loggingOut}
        onClick={async (event) => {
          onClick?.(event)
          if (event.defaultPrevented) return
          const result = await logout()
          onLogout?.(result)
        }}
      >
        {children ?? words.logOut}
      </PendingButton>
      <LogoutOutcome result={data} labels={labels} />
    </>
  )
}
