/** Owns the reading of the audit logs, and the writing of what changed nothing else: what did is recorded by its own script. */

import { type AuditEntry, UNOWNED_ACTIONS } from '../domain/audit.ts'
import type { AuditLog } from '../domain/ports.ts'
import { outcome, readFields, readLists, texts, whole } from './answers.ts'
import { readNewest, recordAlone } from './audit-scripts.ts'
import { keys } from './keys.ts'
import { auditArguments } from './lua.ts'
import type { RedisDoor } from './redis.ts'

/** For a page of one action only: entries that are read at a time, and at most how many times. */
const BATCH = 500
const BATCHES = 4

export function createAuditLog({ redis }: { redis: RedisDoor }): AuditLog {
  /** Up to `count` entries older than `after`, newest first. */
  const readBatch = async (stream: string, after: string | null, count: number) => {
    // One more, since the stream is read from `after` on, and that entry is left out.
    const wanted = after === null ? count : count + 1
    const flat = texts(await redis.run(readNewest, [stream], [after ?? '+', String(wanted)]))
    return readLists(flat, 1)
      .map(({ lead: [id = ''], list }) => readEntry(id, readFields(list)))
      .filter(({ id }) => id !== after)
      .slice(0, count)
  }

  return {
    async read({ subject, action, limit, after, since }) {
      const isOwn = subject !== null && !(action !== null && UNOWNED_ACTIONS.has(action))
      const stream = isOwn ? keys.userAudit(subject) : keys.realmAudit
      const size = action === null ? limit + 1 : BATCH
      const isWanted = (entry: AuditEntry) =>
        (action === null || entry.action === action) &&
        (subject === null || entry.subject === subject)
      const entries: AuditEntry[] = []
      let last = after
      for (let batch = 0; batch < BATCHES; batch++) {
        const found = await readBatch(stream, last, size)
        for (const entry of found) {
          // What follows is older still.
          if (entry.at < since) return { entries, next: null }
          if (entries.length === limit) return { entries, next: last }
          if (isWanted(entry)) entries.push(entry)
          last = entry.id
        }
        if (found.length < size) return { entries, next: null }
      }
      // The page is not full after so many entries, but the log goes on: the next page starts where this one stopped.
      return { entries, next: last }
    },

    async append(event) {
      outcome(await redis.run(recordAlone, [keys.realmAudit], auditArguments(event)), ['recorded'])
    },
  }
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
