/** A labelled input of a form, and the line under a form that says how it went. */

import { type ComponentProps, type ReactNode, useId, useState } from 'react'

interface FieldProps extends ComponentProps<'input'> {
  label: string
  hint?: string
  /** Lies at the end of the input. */
  aside?: ReactNode
}

export function Field({ label, hint, aside, ...input }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="input">
        <input id={id} required aria-describedby={hint ? `${id}-hint` : undefined} {...input} />
        {aside}
      </div>
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  )
}

export function PasswordField(props: FieldProps) {
  const [isShown, setShown] = useState(false)
  const word = isShown ? 'Hide' : 'Show'
  return (
    <Field
      {...props}
      type={isShown ? 'text' : 'password'}
      // A phone's keyboard begins what is shown with a capital, unless it is told here.
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      aside={
        <button
          type="button"
          className="quiet"
          aria-label={`${word} ${props.label.toLowerCase()}`}
          onClick={() => setShown(!isShown)}
        >
          {word}
        </button>
      }
    />
  )
}

/** Tells a password manager whose password a form has. A text field that is not shown: of type `hidden`, browsers would pass over it. */
export const OwnUsername = ({ email = '' }: { email?: string | undefined }) => (
  <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
)

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
