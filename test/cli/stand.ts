import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Refusal, RequestFrame } from '@ewallet/protocol'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Folders } from '../../packages/cli/src/folders.ts'
import type { Stream, Terminal } from '../../packages/cli/src/terminal.ts'

/** A folder that is gone when the test is over. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The folders of a home of its own. */
export function someFolders(): Folders {
  const home = aFolder()
  const [config, state, data, runtime] = ['config', 'state', 'data', 'runtime'].map((name) => join(home, name))
  return { config, state, data, runtime } as Folders
}

/** What was written to a terminal. */
export interface Heard {
  terminal: Terminal
  out(): string
  err(): string
}

/** A terminal that is none: two pipes that are kept, and what is given as stdin. */
export function aPipe({ stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}): Heard {
  const out: string[] = []
  const err: string[] = []
  const stream = (kept: string[]): Stream => ({
    write: (text) => void kept.push(text),
    isTerminal: false,
    colour: false,
    columns: Number.POSITIVE_INFINITY,
  })
  const input = new PassThrough()
  input.end(stdin)
  const terminal: Terminal = {
    stdout: stream(out),
    stderr: stream(err),
    stdin: input as unknown as NodeJS.ReadStream,
    env,
    cwd: '/',
  }
  return { terminal, out: () => out.join(''), err: () => err.join('') }
}

/** What a scripted daemon does with a frame: answers it, or breaks the connection. */
export type Script = (frame: RequestFrame, connection: WebSocket) => Record<string, unknown> | Refusal | undefined

/** A daemon that answers by a script, for faults a real one does not make on demand. */
export async function aScriptedDaemon(
  script: Script,
): Promise<{ url: string; heard: RequestFrame[]; server: WebSocketServer }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  const heard: RequestFrame[] = []
  server.on('connection', (connection) => {
    connection.on('message', (text) => {
      const frame = JSON.parse(String(text)) as RequestFrame
      heard.push(frame)
      const response = script(frame, connection)
      if (response) connection.send(JSON.stringify({ id: frame.id, response }))
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const connection of server.clients) connection.terminate()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { url: `ws://127.0.0.1:${port}`, heard, server }
}
