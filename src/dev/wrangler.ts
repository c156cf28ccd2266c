/** Runs `wrangler dev` as a child that cannot outlive this process. Knows nothing of what the Worker does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { ConfigError, choosableSettings } from '../config.ts'
import { fromRoot } from './root.ts'

const graceMs = 4000
const ownRequestLine = /^\[wrangler:\w+\] [A-Z]+ \/\S* \d{3} /
const isWindows = process.platform === 'win32'

/**
 * Runs wrangler in a shell, in a process group of its own: so Ctrl-C reaches only us, and things stop in order. The shell's input
 * ends when this process does, however it ends, and the shell then stops the whole group.
 */
const keeper = `assets=$1 state=$2; shift 2
exec 3<&0
trap : TERM
(read -r _ <&3; kill -TERM 0) &
"$@" </dev/null 3<&-
code=$?; kill $! 2>/dev/null; rm -rf "$assets" "$state"; exit $code`

/** What a person has set in the environment for one start. */
export function chosenSettings(environment: NodeJS.ProcessEnv): Record<string, string> {
  // The password of the documented test account is among the common ones.
  const chosen: Record<string, string> = { PASSWORD_BLOCKLIST: 'off' }
  for (const name of choosableSettings()) {
    const value = environment[name]
    if (value) chosen[name] = value
  }
  return chosen
}

interface WranglerOptions {
  port: number
  secretsFile: string
  /** The Worker's file; else the one of wrangler.toml. */
  script?: string
  /** A folder of static assets that goes when wrangler does; else the one of wrangler.toml, which stays. */
  assets?: string
  /** Settings of the Worker, handed to wrangler by --var. */
  vars: Record<string, string>
  /** Names that wrangler.toml requires as secrets, and their values. */
  secrets: Record<string, string>
}

export interface WranglerChild {
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<void>
  /** The lines that were not shown, each once: from the first complaint on, or all when there is none. */
  held(): string
  /** From now on its lines go to the terminal. The lines before are kept only if there is a complaint among them. */
  show(): void
  stop(): Promise<void>
}

export function startWrangler({
  port,
  secretsFile,
  script,
  assets,
  vars,
  secrets,
}: WranglerOptions): WranglerChild {
  // For wrangler's databases, which we do not use: if two starts shared them, one that recovers them would lock the other out.
  const state = mkdtempSync(join(tmpdir(), 'curfew-state-'))
  const place = join(state, 'place.json')
  writeFileSync(place, '{}')
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json')
  const command = [
    process.execPath,
    join(dirname(manifest), 'bin/wrangler.js'),
    'dev',
    ...(script === undefined ? [] : [script]),
    ...['--port', String(port), '--inspector-port', '0', '--show-interactive-dev-session=false'],
    // Naming the file makes wrangler take required secrets from the environment as well.
    ...['--env-file', secretsFile],
    ...['--persist-to', state],
    ...(assets === undefined ? [] : ['--assets', assets]),
    ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
  ]
  const [program = '', ...args] = isWindows
    ? command
    : ['/bin/sh', '-c', keeper, 'keeper', assets ?? '', state, ...command]
  const child = spawn(program, args, {
    cwd: fromRoot('.'),
    detached: !isWindows,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      SIGNING_KEYS: undefined,
      REFRESH_SECRETS: undefined,
      ...secrets,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      // What calls are said to come from: nowhere. Without it wrangler asks a server of Cloudflare where this machine is,
      // and when it is told not to ask, it says Austin, and people take their own sign-ins for a stranger's.
      CLOUDFLARE_CF_FETCH_PATH: place,
      CLOUDFLARE_CF_FETCH_ENABLED: undefined,
    },
  })
  child.stdin.on('error', () => {})
  const held: string[] = []
  let isShown = false
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (!isShown) held.push(line)
      // Without wrangler's line for each request: the Worker logs one itself.
      else if (!ownRequestLine.test(line)) console.log(line.replace(/^\[wrangler:\w+\] /, ''))
    })
  }
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => {
      // wrangler can die without its workerd.
      signal(child, 'SIGKILL')
      resolve()
    })
  }).then(() => discard(state))
  return {
    ended,
    held: () => gist(held),
    show() {
      isShown = true
      if (!held.some(isComplaint)) held.length = 0
    },
    async stop() {
      // What breaks because we end it is no news to anybody.
      isShown = false
      child.stdin.end()
      if (isWindows) signal(child, 'SIGTERM')
      const timer = setTimeout(() => signal(child, 'SIGKILL'), graceMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** wrangler marks its own complaints and the Worker's console.error so. */
export const isComplaint = (text: string): boolean =>
  stripVTControlCharacters(text).includes('[ERROR]')

function gist(lines: string[]): string {
  const plain = lines.map(stripVTControlCharacters).filter((line) => !ownRequestLine.test(line))
  const once = [...new Set(plain)]
  const complaint = once.findIndex(isComplaint)
  return once.slice(Math.max(complaint, 0)).map(readable).join('\n').trim()
}

/** Makes sentences of the Worker's JSON line about its settings; leaves other lines as they are. */
function readable(line: string): string {
  const [, before = '', json = ''] = /^(.*?)(\{.*"mistakes":.*\})\s*$/.exec(line) ?? []
  try {
    const { mistakes }: { mistakes: string[] } = JSON.parse(json)
    return before + new ConfigError(mistakes).message
  } catch {
    return line
  }
}

function discard(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // Temporary, and nothing waits for it.
  }
}

function signal(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  try {
    if (isWindows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' })
    else process.kill(-child.pid, name)
  } catch {
    // Nobody left to tell.
  }
}
