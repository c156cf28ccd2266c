/** Owns the Lua that makes an account whole or not at all, whichever script asks for it. Never says for whom one may be made. */

import { piece } from './script.ts'

/** Writes, or takes back what it wrote and fails as the writing did: where there is no room. Taking back needs none. */
export const OR_NOTHING = piece(`
local function write_or_nothing(write, take_back)
  local written, fault = pcall(write)
  if written then return end
  take_back()
  error(fault, 0)
end
`)

/**
 * Makes an account of ARGV `first` to `last`, its fields and values: whole, or not at all. Else somebody would stand in the
 * operator's lists who can neither sign in nor keep others from taking the address.
 */
export const MAKE = piece(
  `
local function make_account(user, email, users, emails, uid, address, at, first, last)
  local member = address .. ' ' .. uid
  write_or_nothing(function()
    -- What can be too large by itself comes first, and what makes it an account last.
    redis.call('ZADD', emails, 0, member)
    redis.call('ZADD', users, at, uid)
    redis.call('HSET', user, unpack(ARGV, first, last))
    redis.call('SET', email, uid)
  end, function()
    redis.call('DEL', user)
    redis.call('ZREM', users, uid)
    redis.call('ZREM', emails, member)
  end)
end
`,
  OR_NOTHING,
)
