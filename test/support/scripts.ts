/** Owns the list of all Lua that the product sends. */

import * as accountScripts from '../../src/store/account-scripts.ts'
import * as auditScripts from '../../src/store/audit-scripts.ts'
import * as operatorScripts from '../../src/store/operator-scripts.ts'
import * as readScripts from '../../src/store/read-scripts.ts'
import type { Script } from '../../src/store/script.ts'
import * as sessionScripts from '../../src/store/session-scripts.ts'
import * as tokenScripts from '../../src/store/token-scripts.ts'

/** Sources by the names that the modules export them under. */
export const scripts: ReadonlyMap<string, string> = new Map(
  Object.entries<Script>({
    ...accountScripts,
    ...auditScripts,
    ...operatorScripts,
    ...readScripts,
    ...sessionScripts,
    ...tokenScripts,
  }).map(([name, { source }]) => [name, source]),
)
