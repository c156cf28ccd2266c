/** Owns the talk between the tabs of one browser. What is heard is never said again, so nothing echoes. */

import type { Page } from './page.ts'
import type { EndedBecause } from './types.ts'
import type { Held } from './vault.ts'

export type Message =
  /** Signed in, or tokens renewed. */
  | { held: Held }
  /** This session has ended; with `userId`, all of that user's. */
  | { ended: string | null; userId: string | null; because: EndedBecause }

export interface Tabs {
  /** False where there are no channels: storage events are all there is then. */
  canTalk(): boolean
  open(hear: (message: Message) => void): void
  tell(message: Message): void
  close(): void
}

export function createTabs(page: Page | null, name: string): Tabs {
  let channel: ReturnType<Page['openChannel']> = null
  return {
    canTalk: () => channel !== null,
    open(hear) {
      channel = page?.openChannel(name) ?? null
      if (channel) channel.onmessage = ({ data }) => hear(data as Message)
    },
    tell: (message) => channel?.postMessage(message),
    close() {
      channel?.close()
      channel = null
    },
  }
}
