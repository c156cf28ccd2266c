/** Owns the reading of the audit streams and the realm's copy. An account's own entries are written by the scripts. */

import type { AuditEntry, AuditEvent } from '../domain/audit.ts'
import { AUDIT_ENTRIES } from '../domain/policy.ts'
import type { AuditLog } from '../domain/ports.ts'
import { readFields, readLists } from './account-record.ts'
import { keys } from './keys.ts'
import { appendEntries, readNewest } from './read-scripts.ts'
import { outcome, type RedisDoor, texts, whole } from './redis.ts'

/** Entries read at a time, and how many times, when only some of them are wanted. */
const BATCH = 500
const BATCHES = 4

/** Most events that are written in one request, and the milliseconds in which more of them gather when there is much to write. */
const WRITTEN_AT_ONCE = 200
const GATHERING_MS = 50
/** Milliseconds after which another request writes on: the runtime ends what goes on for long after an answer. */
const HAND_OVER_MS = 1000

export function createAuditLog({ redis }: { redis: RedisDoor }): AuditLog {
  /** Plain data, so that whichever request of this isolate writes may take along what others left. */
  const waiting: AuditEvent[] = []
  let writer: { since: number } | null = null

  const write = async (events: AuditEvent[]): Promise<void> => {
    const names = Object.keys(FIELDS)
    const args = [String(AUDIT_ENTRIES), String(names.length), ...names]
    for (const event of events) for (const read of Object.values(FIELDS)) args.push(read(event))
    outcome(await redis.run(appendEntries, [keys.realmAudit], args), ['appended'])
  }

  /** Up to `count` entries older than `after`, newest first. */
  const readBatch = async (stream: string, after: string | null, count: number) => {
    // One more, since the stream is read from the entry that was the last, which is left out.
    const wanted = after === null ? count : count + 1
    const flat = texts(await redis.run(readNewest, [stream], [after ?? '+', String(wanted)]))
    return readLists(flat, 1)
      .map(({ lead: [id = ''], list }) => readEntry(id, readFields(list)))
      .filter(({ id }) => id !== after)
      .slice(0, count)
  }

  return {
    async read({ subject, action, limit, after }) {
      const stream = subject === null ? keys.realmAudit : keys.userAudit(subject)
      const size = action === null ? limit + 1 : BATCH
      const entries: AuditEntry[] = []
      let last = after
      for (let batch = 0; batch < BATCHES; batch++) {
        const found = await readBatch(stream, last, size)
        for (const entry of found) {
          if (entries.length === limit) return { entries, next: last }
          if (action === null || entry.action === action) entries.push(entry)
          last = entry.id
        }
        if (found.length < size) return { entries, next: null }
      }
      // More is there, but not in this many entries: the next page goes on where this one stopped.
      return { entries, next: last }
    },

    async append(events) {
      waiting.push(...events)
      const now = events.at(-1)?.at ?? 0
      // Also when the one that writes was cut off in the middle and will never be done.
      if (writer && now - writer.since < HAND_OVER_MS) return
      const mine = { since: now }
      writer = mine
      let fault: unknown = null
      for (let isFirst = true; writer === mine && waiting.length > 0; isFirst = false) {
        if (!isFirst) await new Promise((resolve) => setTimeout(resolve, GATHERING_MS))
        await write(waiting.splice(0, WRITTEN_AT_ONCE)).catch((error: unknown) => {
          fault = error
        })
      }
      if (writer === mine) writer = null
      if (fault !== null) throw fault
    },
  }
}

/** An entry's fields, as the scripts name them too. */
const FIELDS: Record<string, (event: AuditEvent) => string> = {
  action: ({ action }) => action,
  at: ({ at }) => String(at),
  subject: ({ subject }) => subject,
  actor: ({ actor }) => actor,
  session: ({ session }) => session,
  ip: ({ ip }) => ip,
  place: ({ place }) => place,
  device: ({ device }) => device,
  request_id: ({ requestId }) => requestId,
  detail: ({ detail }) => detail,
}

const readEntry = (id: string, fields: Map<string, string>): AuditEntry => ({
  id,
  action: fields.get('action') ?? '',
  at: whole(fields.get('at')),
  subject: fields.get('subject') ?? '',
  actor: fields.get('actor') ?? '',
  session: fields.get('session') ?? '',
  ip: fields.get('ip') ?? '',
  place: fields.get('place') ?? '',
  device: fields.get('device') ?? '',
  requestId: fields.get('request_id') ?? '',
  detail: fields.get('detail') ?? '',
})
