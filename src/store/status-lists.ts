/** Owns the reading of a whole status list. Bits are set by the scripts that end sessions, never here. */

import type { StatusListContents, StatusLists } from '../domain/status-list.ts'
import { outcome } from './answers.ts'
import { keys } from './keys.ts'
import { readStatusList } from './read-scripts.ts'
import type { RedisDoor } from './redis.ts'
import { wrongShape } from './rest.ts'

export const createStatusLists = ({ redis }: { redis: RedisDoor }): StatusLists => ({
  async read(list, now): Promise<StatusListContents | null> {
    const answer = await redis.runForBytes(
      readStatusList,
      [
        keys.statusList(list),
        keys.statusListRealm(list),
        keys.realmVersion,
        keys.statusListTokens(list),
      ],
      [String(now)],
    )
    const [bits, state, ...revokedTokens] = answer
    if (bits === undefined) return null
    if (state === undefined) throw wrongShape()
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
    return {
      bits,
      void: outcome(text(state), ['whole', 'void']) === 'void',
      revokedTokens: revokedTokens.map(text),
    }
  },
})
