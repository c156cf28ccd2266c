/** Owns the Lua that makes an account, whichever script asks for it. Never says for whom one may be made. */

import { piece } from './script.ts'

/**
 * Makes an account of ARGV `first` to `last`, its fields and values: whole, or not at all. Else somebody would stand in the
 * operator's lists who can neither sign in nor keep others from taking the address. Taking back needs no room.
 */
export const MAKE = piece(`
local function make_account(user, email, users, emails, uid, address, at, first, last)
  local member = address .. ' ' .. uid
  local made, fault = pcall(function()
    -- What can be too large by itself comes first, and what makes it an account last.
    redis.call('ZADD', emails, 0, member)
    redis.call('ZADD', users, at, uid)
    redis.call('HSET', user, unpack(ARGV, first, last))
    redis.call('SET', email, uid)
  end)
  if made then return end
  redis.call('DEL', user)
  redis.call('ZREM', users, uid)
  redis.call('ZREM', emails, member)
  error(fault, 0)
end
`)
