/** Shows its children to those who are signed in, or to those who are not; to neither while it is unknown. */

import type { ReactNode } from 'react'
import { useAuthState } from './context.ts'

export interface SignedProps {
  children?: ReactNode
  /** Shown while it is unknown who is there, on a server for instance. */
  whileLoading?: ReactNode
}

export function SignedIn({ children, whileLoading }: SignedProps): ReactNode {
  return choose(useAuthState().status, 'signed_in', children, whileLoading)
}

export function SignedOut({ children, whileLoading }: SignedProps): ReactNode {
  return choose(useAuthState().status, 'signed_out', children, whileLoading)
}

const choose = (status: string, wanted: string, children: ReactNode, whileLoading: ReactNode) =>
  status === wanted ? children : status === 'loading' ? whileLoading : null
