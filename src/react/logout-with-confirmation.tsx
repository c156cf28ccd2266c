/** A button that asks before it logs out. */

import { type ComponentProps, type ReactNode, useState } from 'react'
import type { LogoutResult } from '../client/index.ts'
import { type LogoutChoice, useLabels } from './context.ts'
import type { Labels } from './labels.ts'
import { Modal } from './modal.tsx'
import { LogoutOutcome } from './note.tsx'
import { PendingButton } from './pending-button.tsx'
import { useLogout } from './use-logout.ts'

export interface LogoutWithConfirmationProps extends ComponentProps<'button'>, LogoutChoice {
  /** After the server has answered, or could not be reached. */
  onLogout?: ((result: LogoutResult) => void) | undefined
  labels?: Partial<Labels> | undefined
}

export function LogoutWithConfirmation({
  scope = 'local',
  redirectTo,
  onLogout,
  onClick,
  labels,
  children,
  className = '',
  ...button
}: LogoutWithConfirmationProps): ReactNode {
  const words = useLabels(labels)
  const { logout, loading, data } = useLogout({ scope, redirectTo })
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        {...button}
        className={`curfew-button ${className}`.trim()}
        onClick={(event) => {
          onClick?.(event)
          if (!event.defaultPrevented) setOpen(true)
        }}
      >
        {children ?? words.logOut}
      </button>
      <Modal
        isOpen={isOpen}
        title={words.confirmTitle[scope]}
        text={words.confirmText[scope]}
        pending={loading}
        onCancel={() => setOpen(false)}
      >
        <button
          type="button"
          className="curfew-button"
          data-autofocus
          aria-disabled={loading}
          onClick={() => loading || setOpen(false)}
        >
          {words.cancel}
        </button>
        <PendingButton
          className="curfew-danger"
          pending={loading}
          pendingText={words.loggingOut}
          onClick={async () => {
            const result = await logout()
            setOpen(false)
            onLogout?.(result)
          }}
        >
          {words.logOut}
        </PendingButton>
      </Modal>
      <LogoutOutcome result={data} labels={labels} />
    </>
  )
}
