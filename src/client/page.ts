/** Owns what the client sees of a browser, so that a test can hand in another one. Never decides anything. */

/** A `Storage`, whose own properties are what it holds. */
export interface Shelf {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface Listened {
  addEventListener(
    type: string,
    listener: (event: { type?: string; key?: string | null }) => void,
    options: { signal: AbortSignal; passive?: boolean; capture?: boolean },
  ): void
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
  origin: string
  window: Listened
  document: { readonly visibilityState: string }
  /** Null where the browser lacks them or its owner has forbidden them. */
  local: Shelf | null
  session: Shelf | null
  locks: Locks | null | undefined
  openChannel(name: string): Channel | null
}

interface BrowserWindow extends Listened {
  document: Page['document']
  location: { origin: string }
  localStorage: Shelf
  sessionStorage: Shelf
  navigator: { locks?: Locks }
  BroadcastChannel: new (name: string) => Channel
}

/** Null on a server. */
export function thisPage(): Page | null {
  const { window } = globalThis as { window?: BrowserWindow }
  if (!window?.document) return null
  return {
    origin: window.location.origin,
    window,
    document: window.document,
    local: allowed(() => window.localStorage),
    session: allowed(() => window.sessionStorage),
    locks: window.navigator.locks,
    openChannel: (name) => allowed(() => new window.BroadcastChannel(name)),
  }
}

/** With cookies forbidden, a mere look at localStorage throws; so does the use of what an old browser lacks. */
function allowed<Value>(look: () => Value): Value | null {
  try {
    return look()
  } catch {
    return null
  }
}
