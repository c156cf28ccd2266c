/** Asks whether somebody is still there before the client logs out for want of a sign. */

import type { ReactNode } from 'react'
import { useLabels } from './context.ts'
import type { Labels } from './labels.ts'
import { LogoutButton } from './logout-button.tsx'
import { Modal } from './modal.tsx'
import { useIdleLogout } from './use-idle-logout.ts'

export interface IdleWarningProps {
  labels?: Partial<Labels> | undefined
}

export function IdleWarning({ labels }: IdleWarningProps): ReactNode {
  const { secondsLeft, stay } = useIdleLogout()
  const words = useLabels(labels)
  return (
    <Modal
      isOpen={secondsLeft !== null}
      title={words.idleTitle}
      text={secondsLeft !== null && words.idleText(secondsLeft)}
      onCancel={stay}
    >
      <LogoutButton labels={labels} />
      <button type="button" className="curfew-button curfew-main" data-autofocus onClick={stay}>
        {words.stay}
      </button>
    </Modal>
  )
}
