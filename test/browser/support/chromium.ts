/** Finds a Chromium that is there already, or says how to get one. Downloads nothing. */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** First the shell without windows, which does a third less work. */
const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
]

export function findChromium(): string {
  const chosen = process.env.CHROMIUM_PATH
  if (chosen) return chosen
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of names) if (canRun(join(folder, name))) return join(folder, name)
  throw new Error(
    'No Chromium on the PATH. Install one (Debian: apt-get install chromium), or set CHROMIUM_PATH to a Chromium or Chrome.',
  )
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
