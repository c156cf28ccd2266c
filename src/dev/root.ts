/** Where the project lies, whatever directory a command was started from. */
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

export const fromRoot = (path: string): string => fileURLToPath(new URL(path, root).href)
