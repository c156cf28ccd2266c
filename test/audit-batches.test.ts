/** The realm's log under many endings at once: written together, after the answers, and whole. */

import { expect, test, vi } from 'vitest'
import { digests } from '../src/crypto/digest.ts'
import type { AuditEvent } from '../src/domain/audit.ts'
import { appendEntries } from '../src/store/read-scripts.ts'
import { GENEROUS } from './support/quotas.ts'
import { openStreet } from './support/street.ts'

const endings = (entries: unknown): AuditEvent[] =>
  (entries as AuditEvent[]).filter(({ action }) => action === 'logout')

const appendHash = digests.sha1Hex(appendEntries.source)
const isAppend = (command: string): boolean => command.includes(appendHash)

test('forty logouts at once: each is in the log once, in far fewer requests than forty', async () => {
  const street = await openStreet({ env: GENEROUS })
  const people = await Promise.all(Array.from({ length: 40 }, () => street.signUp()))
  await street.settled()
  await street.redis.forget()

  const answers = await Promise.all(
    people.map(({ access_token: token }) => street.call('POST', '/logout', { token })),
  )
  expect(answers.map(({ status }) => status)).toEqual(people.map(() => 200))
  await street.settled()

  const requests = await street.redis.requests()
  const appends = requests.filter(({ commands }) => commands.some(isAppend)).length
  expect(appends).toBeGreaterThan(0)
  expect(appends).toBeLessThan(20)
  const log = await street.call('GET', '/admin/audit?per_page=100&action=logout', {
    token: await street.serviceToken(),
  })
  const subjects = endings(log.body.entries).map(({ subject }) => subject)
  expect(subjects.toSorted()).toEqual(people.map(({ user }) => user.id).toSorted())
})

test('one that writes and is cut off keeps the next from writing for a second, and no longer', async () => {
  const street = await openStreet()
  const { auditLog } = street.services.ports
  const event = (subject: string): AuditEvent => ({
    action: 'logout',
    at: street.clock.now,
    subject,
    actor: subject,
    session: '',
    ip: '203.0.113.7',
    place: '',
    device: 'curl',
    requestId: 'request-of-the-test',
    detail: 'local',
  })
  // Longer than a second, and so as good as cut off: Redis takes the first one's entries and does not answer.
  await street.redis.fail({ kind: 'hang', times: 1 })
  const cutOff = auditLog.append([event('first')])
  cutOff.catch(() => {})
  await vi.waitUntil(async () => (await street.redis.requests()).length === 1)
  await auditLog.append([event('second')])
  street.clock.pass(2)
  await auditLog.append([event('third')])

  const { entries } = await auditLog.read({ subject: null, action: null, limit: 10, after: null })
  expect(entries.map(({ subject }) => subject)).toEqual(['third', 'second'])
  await expect(cutOff).rejects.toThrow('Redis did not answer in time')
})
