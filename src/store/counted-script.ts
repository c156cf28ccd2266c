/** Owns the script that runs the limiter's script and then a change of ours: both in one step, or neither. Never calls Redis. */

import type { WindowsUsed } from '../domain/sliding-window.ts'
import { outcome, values } from './answers.ts'
import { wrongShape } from './rest.ts'
import { defineScript, type Script } from './script.ts'

/** A limiter's script, with its KEYS and ARGV. Its first two keys are the counters of this window and of the one before. */
export interface Counting {
  source: string
  keys: readonly string[]
  args: readonly string[]
}

/**
 * The limiter's lines see only the first KEYS and ARGV, which are theirs (they take a third key for a limit of its own); the
 * change's lines see the rest. The limiter's answer begins with how many calls remain, below zero when the call is denied. When
 * the limiter's lines fail, nothing is counted or denied. Sent twice, the call counts twice, even if the change is made once.
 *
 * Returns {'denied', what the limiter answered, the counter of this window, that of the one before}
 *      or {'made', what the limiter answered or false when it failed, what the change answered}
 */
export function behindCounting({ source, keys, args }: Counting, change: Script): Script {
  return defineScript(`
local function count(KEYS, ARGV)
${linesOf(source)}
end
local function change(KEYS, ARGV)
${linesOf(change.source)}
end
local function part(list, first, last)
  local items = {}
  for i = first, last do items[i - first + 1] = list[i] end
  return items
end
local function counting()
  local counted = count(part(KEYS, 1, ${keys.length}), part(ARGV, 1, ${args.length}))
  return counted, counted[1] < 0
end
local can_count, counted, is_denied = pcall(counting)
if can_count and is_denied then
  return { 'denied', counted, redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) }
end
local made = change(part(KEYS, ${keys.length + 1}, #KEYS), part(ARGV, ${args.length + 1}, #ARGV))
return { 'made', can_count and counted, made }
`)
}

/** Only the first line of a script may tell Upstash how to lock. */
const linesOf = (source: string): string => source.replace(/^#!lua[^\n]*\n/, '')

export type CountedAnswer =
  /** `counted` is null when the limiter failed. */
  | { kind: 'made'; counted: unknown; change: unknown }
  | { kind: 'denied'; counted: unknown; used: WindowsUsed }

export function readCounted(answer: unknown): CountedAnswer {
  if (!Array.isArray(answer)) throw wrongShape()
  const [kind, counted, ...rest]: unknown[] = answer
  switch (outcome(kind, ['made', 'denied'])) {
    case 'made':
      return { kind: 'made', counted, change: rest[0] }
    case 'denied':
      return { kind: 'denied', counted, used: readUsed(rest) }
  }
}

/** The counters of this window and of the one before: null when nothing was counted in it. */
export function readUsed(answer: unknown): WindowsUsed {
  const [current, previous] = values(answer, 2)
  return { current: Number(current ?? 0), previous: Number(previous ?? 0) }
}
