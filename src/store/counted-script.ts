/** Owns how a script of ours goes behind the limiter's: counted and made in one step, or neither. Never calls Redis. */

import type { WindowsUsed } from '../domain/sliding-window.ts'
import { values } from './answers.ts'
import { wrongShape } from './rest.ts'
import { defineScript, type Script } from './script.ts'

/** A limiter's script with what it asked to be run on. Its first two keys are the counters of this window and of the one before. */
export interface Counting {
  source: string
  keys: readonly string[]
  args: readonly string[]
}

/**
 * The limiter's lines stay its own: they see the first KEYS and ARGV and no others (a third key would be a limit of its own to
 * them), ours see the rest. Its answer begins with
 * what remains, below zero when the call is denied. One that fails counts nothing and denies nothing.
 *
 * Returns {what the limiter answered; false when it failed, what the change answered; false when the call is denied, and in that
 * case both counters}
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
local can_count, counted = pcall(count, part(KEYS, 1, ${keys.length}), part(ARGV, 1, ${args.length}))
if can_count and counted[1] < 0 then
  return { counted, false, redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) }
end
return { can_count and counted, change(part(KEYS, ${keys.length + 1}, #KEYS), part(ARGV, ${args.length + 1}, #ARGV)) }
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
  const [counted, change, ...counters]: unknown[] = answer
  return answer.length === 2
    ? { kind: 'made', counted, change }
    : { kind: 'denied', counted, used: readUsed(counters) }
}

/** The counters of this window and of the one before: null when nothing was counted in it. */
export function readUsed(answer: unknown): WindowsUsed {
  const [current, previous] = values(answer, 2)
  return { current: Number(current ?? 0), previous: Number(previous ?? 0) }
}
