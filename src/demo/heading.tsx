/** A screen's heading, which takes the focus when the screen takes the place of another. */

import { type ReactNode, useEffect, useRef } from 'react'

let screensShown = 0

/** For a screen without a heading: the next one's takes the focus. */
export const countScreen = (): void => {
  screensShown++
}

export function ScreenHeading({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // StrictMode runs this twice in development, which focuses once too often and harms nobody.
    if (screensShown++ > 0) heading.current?.focus()
  }, [])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
