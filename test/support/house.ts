/** Owns the reading of our own source files: who imports whom, and which rules of the house an import breaks. Node only. */

import { readdir, readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Path below src/ to text. */
export type House = ReadonlyMap<string, string>

export async function readHouse(): Promise<House> {
  const root = fileURLToPath(new URL('../../src/', import.meta.url).href)
  const names = await readdir(root, { recursive: true })
  const files = names
    .map((name) => name.replaceAll('\\', '/'))
    // Settings of tools and mere declarations are no part of the house.
    .filter((name) => /\.tsx?$/.test(name) && !/\.(config|d)\.ts$/.test(name))
  return new Map(
    await Promise.all(
      files.toSorted().map(async (file) => [file, await readFile(root + file, 'utf8')] as const),
    ),
  )
}

export interface Import {
  from: string
  /** As it is written. */
  to: string
  typeOnly: boolean
}

/** Import and export statements, `import()` in values and in types; what stands in a comment does not count. */
export function importsOf(from: string, source: string): Import[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const statement = /^\s*(?:import|export)\s+(?:(type\s)?[\w*{}\s,$]*?\bfrom\s*)?(['"])(.+?)\2/gm
  const call = /\b(?:import|require)\(\s*(['"])(.+?)\1/g
  return [
    ...[...code.matchAll(statement)].map(([, type, , to = '']) => ({
      from,
      to,
      typeOnly: type !== undefined,
    })),
    ...[...code.matchAll(call)].map(([, , to = '']) => ({ from, to, typeOnly: false })),
  ]
}

/** What a room may import. */
interface Room {
  rooms: readonly string[]
  packages: RegExp
}

const nothing = /^$/
const hono = /^hono(\/|$)/
export const rooms: Record<string, Room> = {
  contract: { rooms: [], packages: /^zod\// },
  domain: { rooms: ['contract'], packages: nothing },
  crypto: { rooms: ['domain', 'contract'], packages: /^(jose|node:crypto|node:buffer|node:zlib)$/ },
  store: { rooms: ['domain', 'contract'], packages: /^@upstash\// },
  http: { rooms: ['domain', 'contract'], packages: /^(hono|zod|bowser)(\/|$)/ },
  document: { rooms: ['http', 'domain', 'contract'], packages: /^zod\// },
  app: { rooms: ['http', 'domain', 'contract'], packages: hono },
  config: {
    rooms: ['config-addresses', 'config-clients', 'config-keys', 'domain', 'contract'],
    packages: /^zod\//,
  },
  'config-addresses': { rooms: ['domain'], packages: /^zod\// },
  'config-clients': { rooms: ['config-json', 'domain', 'contract'], packages: /^zod\// },
  'config-json': { rooms: [], packages: /^zod\// },
  'config-keys': { rooms: ['config-json'], packages: /^zod\// },
  worker: {
    rooms: ['app', 'config', 'crypto', 'store', 'http', 'domain', 'contract'],
    packages: hono,
  },
  client: { rooms: ['contract'], packages: nothing },
  react: { rooms: ['client'], packages: /^react(\/|$)/ },
  guard: { rooms: ['crypto', 'store', 'domain', 'contract'], packages: hono },
  // demo/witness.ts calls the service as any client of an API would, so it may know the contract.
  demo: { rooms: ['client', 'react', 'contract'], packages: /^react(-dom)?(\/|$)/ },
  dev: {
    rooms: [
      'document',
      'crypto',
      'config',
      'config-addresses',
      'config-keys',
      'domain',
      'contract',
    ],
    packages: /^(node:(?!crypto$)|ioredis|ioredis-mock$|vite$|@seriousme\/)/,
  },
}

/** The files of store and crypto that the guard's package has: they read and verify, and never write, hash or sign. */
const readingFiles: readonly string[] = [
  'crypto/algorithm.ts',
  'crypto/published-keys.ts',
  'crypto/verified-tokens.ts',
  'crypto/verify-access-token.ts',
  'crypto/verify-status-list.ts',
  'store/answers.ts',
  'store/keys.ts',
  'store/read-scripts.ts',
  'store/redis.ts',
  'store/rest.ts',
  'store/revocations.ts',
  'store/script.ts',
  'store/time-limit.ts',
]
const isReading = (file: string): boolean => readingFiles.includes(file)

const roomOf = (file: string): string => file.split('/')[0]?.replace(/\.tsx?$/, '') ?? ''

/** One sentence for each import that the rules forbid. */
export function forbiddenEdges(house: House): string[] {
  return [...house].flatMap(([file, source]) => {
    const room = rooms[roomOf(file)]
    if (!room) return [`${file} is in no room of the plan`]
    return importsOf(file, source).flatMap((edge) => wrongOf(edge, room, house) ?? [])
  })
}

function wrongOf({ from, to, typeOnly }: Import, room: Room, house: House): string | null {
  const edge = `${from} imports ${to}`
  if (!to.startsWith('.')) return room.packages.test(to) ? null : edge
  const target = resolve(from, to)
  // Styles and the document are imported too, by the same rules.
  const isData = /\.(css|json)$/.test(target) && !target.startsWith('..')
  if (!isData && !house.has(target)) return `${edge}, which is no file of src`
  const [here, there] = [roomOf(from), roomOf(target)]
  if (here === there)
    return isReading(from) && !isReading(target) ? `${edge}, which is not for the guard` : null
  if (!room.rooms.includes(there)) return edge
  if (here === 'guard' && ['store', 'crypto'].includes(there) && !isReading(target))
    return `${edge}, which is not for the guard`
  if (here === 'worker' && there === 'http' && target !== 'http/problem.ts' && !typeOnly)
    return `${edge} for more than its types`
  if (here === 'app' && there === 'domain' && target !== 'domain/policy.ts')
    return `${edge}, not just the numbers of policy.ts`
  return null
}

const resolve = (from: string, to: string): string => posix.join(posix.dirname(from), to)

/** Every ring of imports, those of types included, as the names of its files in order. */
export function rings(house: House): string[] {
  const found = new Set<string>()
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file)
    if (start >= 0) {
      found.add([...way.slice(start), file].join(' → '))
      return
    }
    if (done.has(file)) return
    for (const { to } of importsOf(file, house.get(file) ?? ''))
      if (to.startsWith('.')) visit(resolve(file, to), [...way, file])
    done.add(file)
  }
  for (const file of house.keys()) visit(file, [])
  return [...found]
}
