/** The shape of a Redis answer between the engines and the REST protocol. Knows neither of them. */
export type Reply = null | number | string | Uint8Array | Reply[]

/** What runs commands: real Redis or the embedded one. Replies come raw; an error of Redis is thrown. */
export interface Engine {
  /** Whether EVALSHA finds a script that EVAL has run. */
  keepsScripts: boolean
  run(database: number, command: string[]): Promise<Reply>
  /** As MULTI and EXEC: if a command cannot be queued, none runs; the error of one that fails stands in its reply's place. */
  transact(database: number, commands: string[][]): Promise<(Reply | Error)[]>
  close(): Promise<void>
}

export const commandName = (command: string[]): string => (command[0] ?? '').toUpperCase()
