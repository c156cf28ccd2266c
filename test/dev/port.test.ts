/** A port that this user may not have, such as those below 1024. */
import { EventEmitter } from 'node:events'
import { expect, test, vi } from 'vitest'
import { requireFreePort } from '../../src/dev/port.ts'

const listen = vi.hoisted(() => vi.fn())
vi.mock('node:net', async (original) => ({
  ...(await original<object>()),
  createServer: () => Object.assign(new EventEmitter(), { listen }),
}))

test('is told of, with what to do', async () => {
  listen.mockImplementation(function (this: EventEmitter) {
    this.emit('error', Object.assign(new Error('not yours'), { code: 'EACCES' }))
  })
  await expect(requireFreePort(80)).rejects.toThrow(
    'You are not allowed to listen on port 80. Choose another: PORT=8788 npm run dev',
  )
})
