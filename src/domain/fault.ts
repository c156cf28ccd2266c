/** Owns the faults of what we depend on; they are thrown. Never what a caller is told then: http/fault-words.ts has that. */

export type FaultKind =
  /** Nothing answered within its time. */
  | 'timeout'
  /** No connection, or it broke. */
  | 'unreachable'
  /** An answer that is none of ours: a status of 500, a proxy's page, a value of the wrong shape. */
  | 'answer'

/** More passwords wait to be hashed than this isolate can hash in time. Thrown before anything is written. */
export class Overload extends Error {
  override readonly name = 'Overload'
  constructor() {
    super('Too many passwords wait to be hashed')
  }
}

/** Redis did not do, or did not confirm, what it was asked. Its message is ours: never a command or a value. */
export class StoreFault extends Error {
  readonly kind: FaultKind
  /** For the operator: the HTTP status of the answer, or the code that an error of Redis begins with. '' for neither. */
  readonly hint: string
  constructor(kind: FaultKind, message: string, hint = '') {
    super(message)
    this.name = 'StoreFault'
    this.kind = kind
    this.hint = hint
  }

  /** For a log. */
  get reason(): string {
    return this.hint === '' ? `store_${this.kind}` : `store_${this.kind}_${this.hint}`
  }

  /** Redis is up, but refuses our token, or answers a command with an error's code, such as OOM, READONLY or NOPERM. */
  get isRefusedByRedis(): boolean {
    return /^(401|403|[A-Z]+)$/.test(this.hint)
  }
}
