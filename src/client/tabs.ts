/** Owns the talk between the tabs of one browser. What is heard is never said again, so nothing echoes. */

import type { Page } from './page.ts'
import type { EndedBecause } from './types.ts'
import type { Held } from './vault.ts'

/** `held`: signed in, or renewed. Otherwise the session `ended` is over; with `userId`, all of that user's are. */
export interface Message {
  held?: Held
  ended?: string | undefined
  userId?: string | null | undefined
  because?: EndedBecause | null
}

export interface Tabs {
  open(hear: (message: Message) => void): void
  /** False where there are no channels: storage events are all there is then. */
  canTalk(): boolean
  tell(message: Message): void
  close(): void
}

export function createTabs(page: Page | null, name: string): Tabs {
  let channel: ReturnType<Page['openChannel']> | undefined
  return {
    open(hear) {
      channel = page?.openChannel(name)
      if (channel) channel.onmessage = ({ data }) => hear(data as Message)
    },
    canTalk: () => !!channel,
    tell: (message) => channel?.postMessage(message),
    close() {
      channel?.close()
      channel = null
    },
  }
}
