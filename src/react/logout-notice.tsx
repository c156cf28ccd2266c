/** Says why nobody is signed in any more, and whether the server knows. For the sign-in page. */

import type { ReactNode } from 'react'
import { useAuthState, useLabels } from './context.ts'
import type { Labels } from './labels.ts'
import { Note } from './note.tsx'

export interface LogoutNoticeProps {
  labels?: Partial<Labels> | undefined
}

export function LogoutNotice({ labels }: LogoutNoticeProps): ReactNode {
  const { unconfirmed, endedBecause, status } = useAuthState()
  const words = useLabels(labels)
  const why = status === 'signed_out' && endedBecause ? words.ended[endedBecause] : null
  return <Note bad={unconfirmed}>{unconfirmed ? words.unconfirmed : why}</Note>
}
