import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Config, networksOf } from '../config.ts'
import { type Listener, openDoor } from './http.ts'
import type { Reception } from './reception.ts'

/** The longest path of a socket file that every system takes, in bytes; a longer one is cut silently. */
const PATH_BYTES_MAX = 103

/** The admin channel as it is open: who can open its socket file is the operator. */
export interface AdminSocket {
  path: string
  close(patienceMs: number): Promise<void>
}

/** Opens the admin channel in the runtime folder, which must be there; undefined where another daemon answers at it. */
export async function openAdminSocket(config: Config, reception: Reception): Promise<AdminSocket | undefined> {
  const path = socketPath(config.runtimeFolder)
  const listener = openDoor({
    reception,
    isLocal: true,
    hostNames: undefined,
    origins: [],
    trustedProxies: networksOf([]),
    frameBytesMax: config.frameBytesMax,
    eventsBufferedMax: config.eventsBufferedMax,
    tls: undefined,
  })
  let fault = await listening(listener.server, path)
  if (fault === 'EADDRINUSE') {
    if (await answers(path)) return undefined
    rmSync(path, { force: true })
    fault = await listening(listener.server, path)
  }
  if (fault !== undefined) throw new Error(`The admin socket ${path} cannot be opened (${fault}).`)
  chmodSync(path, 0o600)
  return { path, close: (patienceMs) => closeAdmin(listener, path, patienceMs) }
}

async function closeAdmin(listener: Listener, path: string, patienceMs: number): Promise<void> {
  await listener.close(patienceMs)
  rmSync(path, { force: true })
}

/** Whether a process listens at a socket file. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function listening(server: Server, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)
    server.once('error', failed)
    server.listen(path, () => {
      server.off('error', failed)
      resolve(undefined)
    })
  })
}

/** The socket file of a runtime folder; where that lies too deep for a socket, one in a folder of its own among the temporary ones. */
function socketPath(runtimeFolder: string): string {
  const path = join(runtimeFolder, 'admin.sock')
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path
  const { uid } = userInfo()
  const digest = createHash('sha256').update(runtimeFolder).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), `ewallet-${uid}-${digest}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  // Anybody may make folders there, so one that somebody else made is not used.
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${folder} is not a folder that only this user can enter.`)
  }
  return join(folder, 'admin.sock')
}
