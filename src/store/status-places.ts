/**
 * Owns the Lua that gives a session its place in a status list; a file of its own since test/scale/status-lists.ts measures it.
 * Never sets the bit of an ended session.
 */

import { WHOLE } from './lua.ts'
import { piece } from './script.ts'

/** KEYS and ARGV are those of openSession. */
export const PLACES = piece(
  `
local candidates = tonumber(ARGV[27])
-- The first free place among the candidates of the present list; none when there is no such list, or it is full or void.
local function free_place()
  local pointer = redis.call('GET', KEYS[11])
  if not pointer or string.match(pointer, ' (%S+)$') ~= redis.call('GET', KEYS[3]) then return nil end
  if redis.call('EXISTS', KEYS[12], KEYS[13], KEYS[14]) ~= 3 then return nil end
  -- The list may have been made when lists were smaller.
  local places = 8 * redis.call('STRLEN', KEYS[12])
  for i = 29, 28 + candidates do
    if tonumber(ARGV[i]) < places and redis.call('GETBIT', KEYS[13], ARGV[i]) == 0 then return ARGV[i] end
  end
  return nil
end
local function take_place(life)
  local list, place, first = string.match(ARGV[24], '^(%S+)'), free_place(), 12
  if not place then
    list, place, first = ARGV[25], ARGV[26], 15
    redis.call('SETBIT', KEYS[15], whole(tonumber(ARGV[23]) - 1), 0)
    redis.call('SET', KEYS[17], redis.call('GET', KEYS[3]))
    redis.call('SET', KEYS[11], list .. ' ' .. redis.call('GET', KEYS[3]))
  end
  redis.call('SETBIT', KEYS[first + 1], place, 1)
  for i = first, first + 2 do
    -- Never shorter: the sessions of before may have been given a longer life than new ones.
    if redis.call('PTTL', KEYS[i]) < tonumber(life) then redis.call('PEXPIRE', KEYS[i], life) end
  end
  return list, place
end
`,
  WHOLE,
)
