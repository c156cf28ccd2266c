/** Owns the reading of what Redis holds of an owner of devices. Changes nothing. */

import { DEVICES, type DeviceName, type Owner } from './devices.ts'
import { type Entry, entriesOf, keysOf, sessionsOf } from './redis-contents.ts'
import type { Street } from './street.ts'

export interface OwnerRecords {
  version: string | null
  /** On which devices the session has its mark, its details, and its place in the user's set. */
  marked: DeviceName[]
  detailed: DeviceName[]
  listed: DeviceName[]
  /** The account's audit log, oldest first. */
  log: Entry[]
}

export async function recordsOf({ redis }: Street, owner: Owner): Promise<OwnerRecords> {
  const names = async (holds: (session: string) => Promise<boolean>) => {
    const held: DeviceName[] = []
    for (const name of DEVICES) if (await holds(owner.devices[name].session)) held.push(name)
    return held
  }
  const exists = async (key: string) => (await redis.look('EXISTS', key)) === 1
  const members = await sessionsOf(redis, owner.id)
  const version = await redis.look('GET', `token_version:${owner.id}`)
  return {
    version: version === null ? null : String(version),
    marked: await names((session) => exists(`session:${session}`)),
    detailed: await names((session) => exists(`session:${session}:detail`)),
    listed: await names(async (session) => members.includes(session)),
    log: await entriesOf(redis, `audit:${owner.id}`),
  }
}

/** What was written since, oldest first. */
export const newEntries = (before: Entry[], after: Entry[]): Entry[] => after.slice(before.length)

/** The blacklisted access tokens: why, and for how many more seconds by Redis' own clock. */
export async function blacklistOf({
  redis,
}: Street): Promise<Record<string, { why: unknown; seconds: number }>> {
  const keys = await keysOf(redis, 'blacklist:*')
  const rows = keys.map(async (key) => [
    key.slice('blacklist:'.length),
    {
      why: await redis.look('GET', key),
      seconds: Number(await redis.look('PTTL', key)) / 1000,
    },
  ])
  return Object.fromEntries(await Promise.all(rows))
}
