/** A native dialog that asks: the browser keeps the focus inside and gives it back. Escape cancels, unless `pending`. */

import { type ReactNode, useEffect, useId, useRef } from 'react'

interface ModalProps {
  isOpen: boolean
  title: ReactNode
  text: ReactNode
  /** The action is under way, and cannot be cancelled any more. */
  pending?: boolean
  onCancel: () => void
  children: ReactNode
}

export function Modal({
  isOpen,
  title,
  text,
  pending = false,
  onCancel,
  children,
}: ModalProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const isShown = useRef(false)
  const id = useId()

  useEffect(() => {
    const element = dialog.current
    if (!isOpen || !element) return
    // A DOM for tests, such as jsdom, may have the element without these methods.
    if (element.showModal) element.showModal()
    else element.open = true
    isShown.current = true
    // React leaves `autofocus` out of the document, so the browser would take the first button.
    element.querySelector<HTMLElement>('[data-autofocus]')?.focus()
    return () => {
      isShown.current = false
      if (element.close) element.close()
      else element.open = false
    }
  }, [isOpen])

  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      className="curfew-dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      // Chromium closes a dialog on the second Escape, prevented or not, unless it is told here.
      closedby={pending ? 'none' : 'closerequest'}
      onCancel={(event) => {
        event.preventDefault()
        if (!pending) onCancel()
      }}
      // Told a frame late: it may be our own closing, with the next question on its way.
      onClose={() => isShown.current && !dialog.current?.open && onCancel()}
    >
      <h2 id={`${id}-title`} className="curfew-title">
        {title}
      </h2>
      <p id={`${id}-text`} className="curfew-text">
        {text}
      </p>
      <div className="curfew-actions">{children}</div>
    </dialog>
  )
}
