/** Owns the Lua around the audit logs alone: their reading, and the writing of what changed nothing else. */

import { RECORD, REPEATED } from './lua.ts'
import { defineScript } from './script.ts'

/** KEYS 1 a stream. ARGV 1 the newest id wanted or '+', 2 how many. Returns for each entry: id, how many texts, then those. */
export const readNewest = defineScript(`
local answer = {}
local entries = redis.call('XREVRANGE', KEYS[1], ARGV[1], '-', 'COUNT', ARGV[2])
for i = 1, #entries do
  local id, texts = entries[i][1], entries[i][2]
  answer[#answer + 1] = id
  answer[#answer + 1] = #texts
  for j = 1, #texts do answer[#answer + 1] = texts[j] end
end
return answer
`)

/**
 * Records an event in the realm's log alone. A copy of the call is sought among the newest entries only: the log is everyone's.
 *
 * KEYS 1 audit. ARGV 1–12 audit. Returns 'recorded'
 */
export const recordAlone = defineScript(
  RECORD,
  REPEATED,
  `
if not holds_call(newest(KEYS[1])) then record() end
return 'recorded'
`,
)
