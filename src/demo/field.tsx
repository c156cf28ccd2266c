/** A labelled input of a form, and the line under a form that says how it went. */

import { type ComponentProps, useId, useState } from 'react'

export function Field({
  label,
  hint,
  ...input
}: ComponentProps<'input'> & { label: string; hint?: string }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} required aria-describedby={hint ? `${id}-hint` : undefined} {...input} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  )
}

export function PasswordField(props: ComponentProps<'input'> & { label: string; hint?: string }) {
  const [isShown, setShown] = useState(false)
  return (
    <div className="password">
      <Field {...props} type={isShown ? 'text' : 'password'} spellCheck={false} />
      <button
        type="button"
        className="quiet"
        aria-pressed={isShown}
        aria-label={`Show: ${props.label}`}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? 'Hide' : 'Show'}
      </button>
    </div>
  )
}

/** Both regions are there from the start, so that what appears in them is read out. */
export function Outcome({ good = '', bad = '' }: { good?: string; bad?: string }) {
  return (
    <>
      <p className="good" role="status">
        {good}
      </p>
      <p className="bad" role="alert">
        {bad}
      </p>
    </>
  )
}
