/** What `npm run test:fuzz` tells the tests that it starts. */

import 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    fuzz: { requests: number; seed: number; replay: string | null }
  }
}
