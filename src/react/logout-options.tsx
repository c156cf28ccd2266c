/** A button that opens three more: log out of this device, of the others, of all. */

import { type ComponentProps, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import type { LogoutResult, LogoutScope } from '../client/index.ts'
import { type LogoutChoice, useLabels } from './context.ts'
import { takeFocus } from './focus.ts'
import type { Labels } from './labels.ts'
import { LogoutOutcome } from './note.tsx'
import { PendingButton } from './pending-button.tsx'
import { useLogout } from './use-logout.ts'

export interface LogoutOptionsProps
  extends Omit<ComponentProps<'div'>, 'children' | 'ref'>,
    Pick<LogoutChoice, 'redirectTo'> {
  /** What is offered, in this order. Default: all three. */
  scopes?: readonly LogoutScope[] | undefined
  /** Where the menu begins: below the button's `start` (default), or its `end`, for a button at the end of a line. */
  align?: 'start' | 'end' | undefined
  /** After the server has answered, or could not be reached. */
  onLogout?: ((result: LogoutResult) => void) | undefined
  labels?: Partial<Labels> | undefined
  /** What the button says. */
  children?: ReactNode
}

const ALL: readonly LogoutScope[] = ['local', 'others', 'global']
const WORDS = { local: 'thisDevice', others: 'otherDevices', global: 'allDevices' } as const

export function LogoutOptions({
  scopes = ALL,
  redirectTo,
  align = 'start',
  onLogout,
  labels,
  children,
  className = '',
  onKeyDown,
  ...rest
}: LogoutOptionsProps): ReactNode {
  const words = useLabels(labels)
  const { logout, loading, data } = useLogout({ redirectTo })
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState<LogoutScope>()
  const box = useRef<HTMLDivElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const id = useId()

  useEffect(() => {
    if (!isOpen) return
    const closeOutside = (event: Event) => {
      // Not `target`: of what lies in a shadow root, the document is told the host.
      if (!event.composedPath().includes(box.current as Node)) setOpen(false)
    }
    const events = ['pointerdown', 'focusin'] as const
    for (const name of events) document.addEventListener(name, closeOutside)
    return () => {
      for (const name of events) document.removeEventListener(name, closeOutside)
    }
  }, [isOpen])

  const choose = async (scope: LogoutScope) => {
    setChosen(scope)
    const result = await logout({ scope })
    takeFocus(opener.current, box.current)
    setOpen(false)
    onLogout?.(result)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears the Escape of the buttons in it.
    <div
      {...rest}
      ref={box}
      className={`curfew-options ${className}`.trim()}
      data-align={align}
      onKeyDown={(event) => {
        onKeyDown?.(event)
        if (event.key !== 'Escape' || !isOpen || event.defaultPrevented) return
        // Or a dialog around would close too.
        event.preventDefault()
        setOpen(false)
        opener.current?.focus()
      }}
    >
      <button
        ref={opener}
        type="button"
        className="curfew-button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {children ?? words.options}
      </button>
      {/* Left out while closed, and not only hidden: a page's own rules for lists would show it. */}
      {isOpen && (
        <ul id={id} className="curfew-menu">
          {scopes.map((scope) => (
            <li key={scope}>
              <PendingButton
                pending={loading && scope === chosen}
                pendingText={words.loggingOut}
                aria-disabled={loading}
                onClick={() => loading || choose(scope)}
              >
                {words[WORDS[scope]]}
              </PendingButton>
            </li>
          ))}
        </ul>
      )}
      <LogoutOutcome result={data} labels={labels} />
    </div>
  )
}
