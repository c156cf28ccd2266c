/** Says that a logout is not confirmed yet; else that one was given up; else why nobody is signed in any more. */

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
  const what = unsaved ? 'unsaved' : 'unconfirmed'
  // While it is not known who is here, nobody is said to be signed out.
  const waits = unconfirmed && words[status === 'signed_out' ? what : (`${what}SignedIn` as const)]
  const isLost = givenUp && words.givenUp[givenUp]
  const why = status === 'signed_out' && endedBecause && words.ended[endedBecause]
  return <Note bad={unconfirmed || givenUp !== null}>{waits || isLost || why}</Note>
}
