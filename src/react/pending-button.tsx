/** A button that can be busy. It keeps the focus meanwhile: a disabled one would drop it. */

import type { ComponentProps, ReactNode } from 'react'

interface PendingButtonProps extends ComponentProps<'button'> {
  pending: boolean
  pendingText: ReactNode
}

export function PendingButton({
  pending,
  pendingText,
  className = '',
  onClick,
  children,
  ...rest
}: PendingButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      className={`curfew-button ${className}`.trim()}
      aria-busy={pending}
      aria-disabled={pending || rest['aria-disabled']}
      onClick={(event) => {
        // The second click of a double click may fall on the button that took the first one's place.
        if (pending || event.detail > 1) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {pending ? pendingText : children}
    </button>
  )
}
