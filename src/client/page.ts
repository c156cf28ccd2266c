/** Owns what the client uses of a browser: the parts of `window`, so that a test can hand in another one. */

/** A `Storage`, whose own properties are what it holds. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface Channel {
  postMessage(message: unknown): void
  onmessage: ((event: { data: unknown }) => void) | null
  close(): void
}

export interface Locks {
  request<Value>(
    name: string,
    options: { signal?: AbortSignal; ifAvailable?: boolean },
    run: (lock: unknown) => Value | Promise<Value>,
  ): Promise<Value>
}

export interface Page {
  readonly location: { readonly origin: string }
  readonly document: { readonly visibilityState: string }
  /** Merely reading these two properties throws where the browser's owner has forbidden storage. */
  readonly localStorage: WebStorage
  readonly sessionStorage: WebStorage
  readonly navigator: { readonly locks?: Locks | undefined }
  readonly BroadcastChannel?: (new (name: string) => Channel) | undefined
  addEventListener(
    type: string,
    listener: (event: { type?: string; key?: string | null }) => void,
    options: { signal: AbortSignal; capture: boolean },
  ): void
}

/** Null on a server. */
export function thisPage(): Page | null {
  const { window } = globalThis as { window?: Page }
  return window?.document ? window : null
}
