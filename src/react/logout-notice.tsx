/** Says why nobody is signed in any more, whether the server knows, and what it was never told. For the sign-in page. */

import type { ReactNode } from 'react'
import { useAuthState, useLabels } from './context.ts'
import type { Labels } from './labels.ts'
import { Note } from './note.tsx'

export interface LogoutNoticeProps {
  labels?: Partial<Labels> | undefined
}

export function LogoutNotice({ labels }: LogoutNoticeProps): ReactNode {
  const { unconfirmed, unsaved, givenUp, endedBecause, status } = useAuthState()
  const words = useLabels(labels)
  const waits = unconfirmed && (unsaved ? words.unsaved : words.unconfirmed)
  const isLost = givenUp && words.givenUp[givenUp]
  const why = status === 'signed_out' && endedBecause && words.ended[endedBecause]
  return <Note bad={unconfirmed || givenUp !== null}>{waits || isLost || why}</Note>
}
