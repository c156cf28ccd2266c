/** The line under a control that says what came of it. Always there, so that a screen reader hears it change. */

import type { ReactNode } from 'react'
import type { LogoutResult } from '../client/index.ts'
import { useLabels } from './context.ts'
import type { Labels } from './labels.ts'

export function Note({ children, bad }: { children?: ReactNode; bad?: boolean }): ReactNode {
  return (
    <span role="status" className="curfew-note" data-bad={bad || undefined}>
      {children}
    </span>
  )
}

export function LogoutOutcome({
  result,
  labels,
}: {
  result: LogoutResult | null
  labels?: Partial<Labels> | undefined
}): ReactNode {
  const { outcome } = useLabels(labels)
  return <Note bad={result?.ok === false}>{result && outcome(result)}</Note>
}
