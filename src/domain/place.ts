/** Owns the drawing of a place in a status list for a new session. */

import { STATUS_LIST_DRAWS } from './policy.ts'
import type { Ports } from './ports.ts'
import type { StatusListRules } from './rules.ts'
import type { StatusPlace } from './session-port.ts'

/** At random, so that a place says nothing of how many sessions there are or when one began. */
export function drawPlace(
  { newId, draw }: Pick<Ports, 'newId' | 'draw'>,
  { size }: StatusListRules,
  current: string | null,
): StatusPlace {
  const [first = 0, ...candidates] = draw(STATUS_LIST_DRAWS + 1, size)
  return { current, candidates, fresh: { list: newId(), index: first } }
}
