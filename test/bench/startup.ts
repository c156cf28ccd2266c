/** Owns the cost of starting the Worker: its process's CPU until the first answer, beside that of an empty Worker. */

import { isOk } from './calls.ts'
import { ask } from './load.ts'
import { median } from './measure.ts'
import { freePort } from './processes.ts'
import { settingsFor } from './service.ts'
import { startWorkerd } from './workerd.ts'

export interface StartUp {
  /** Milliseconds of CPU, median; the difference is what the bundle costs. */
  empty: number
  service: number
}

export async function measureStartUp(
  scripts: { service: string; empty: string },
  rounds: number,
): Promise<StartUp> {
  const taken = { empty: [] as number[], service: [] as number[] }
  for (let round = 0; round < rounds; round++)
    for (const which of ['empty', 'service'] as const) {
      const port = await freePort()
      // The first answer includes the reading of the configuration and the import of keys, but asks nothing of Redis.
      const { settings } = await settingsFor(`http://127.0.0.1:${port}`, {
        url: 'http://127.0.0.1:1',
        token: 'none',
      })
      const bindings = which === 'service' ? settings : {}
      const script = scripts[which]
      const { child } = await startWorkerd({ name: `start-${which}`, script, bindings, port })
      isOk(await ask(port, { method: 'GET', path: '/.well-known/jwks.json' }))
      taken[which].push(child.cpu() * 1000)
      await child.stop()
    }
  return { empty: median(taken.empty), service: median(taken.service) }
}
