import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** The longest path of a socket file that every system takes, in bytes; a longer one is cut silently. */
const pathBytesMax = 103

/** How long one that listens may take to say what it is; a daemon that reads its journal hears nothing else. */
const patienceMs = 1000

/** A data folder that is ours until it is released or this process ends, however it ends. */
export interface Lock {
  /** The socket file that others knock at. */
  socket: string
  release(): Promise<void>
}

/** What a knock at another's socket told. */
type Other = 'gone' | 'held' | 'asking'

/**
 * Makes a data folder ours, or says that another process holds it. The lock is a socket that listens: the system ends it with its
 * process, so a stale one is known by nobody answering. Every asker listens under a name of its own before it looks for others;
 * therefore of two askers at least one sees the other, and no live one's socket is ever removed.
 */
export async function lockFolder(folder: string): Promise<Lock | 'held'> {
  const place = socketFolder(realpathSync(folder))
  const name = `.lock-${randomBytes(6).toString('hex')}.sock`
  const socket = join(place, name)
  let says = 'asking'
  const server = createServer((connection) => {
    connection.on('error', () => {})
    connection.end(says)
  })
  await listening(server, socket)
  closeToOthers(socket)
  server.unref()
  const leave = () => closed(server, socket)
  for (;;) {
    const names = readdirSync(place).filter((each) => /^\.lock-[0-9a-f]{12}\.sock$/.test(each))
    if (!names.includes(name)) {
      // Somebody knocked after the name was there and before the socket listened, and took it for a stale one.
      await leave()
      return lockFolder(folder)
    }
    const others = await Promise.all(
      names.filter((each) => each !== name).map(async (each) => ({ name: each, is: await knock(join(place, each)) })),
    )
    const live = others.filter(({ is }) => is !== 'gone')
    // Of several askers the one whose name comes first goes on, and waits until the others have left.
    if (live.some((other) => other.is === 'held' || other.name < name)) {
      await leave()
      return 'held'
    }
    if (live.length === 0) break
    await pause(5)
  }
  says = 'held'
  const note = join(folder, 'lock')
  writeFileSync(note, `${JSON.stringify({ pid: process.pid, socket })}\n`, { mode: 0o600 })
  return {
    socket,
    async release() {
      rmSync(note, { force: true })
      await leave()
    },
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Lets nobody else in; one that was taken for a stale one is not there any more. */
function closeToOthers(path: string): void {
  try {
    chmodSync(path, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function closed(server: Server, path: string): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      rmSync(path, { force: true })
      resolve()
    })
  })
}

function knock(path: string): Promise<Other> {
  return new Promise((resolve) => {
    const connection = connect(path)
    let heard = ''
    // Who listens and says nothing is too busy for it, and that is a daemon.
    connection.setTimeout(patienceMs, () => ended('held'))
    connection.setEncoding('utf8')
    connection.on('data', (text) => {
      heard += text
    })
    connection.on('end', () => ended(heard === 'held' ? 'held' : 'asking'))
    connection.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') rmSync(path, { force: true })
      // One that leaves while it is asked may cut the connection.
      if (code === 'ECONNRESET' || code === 'EPIPE') ended('asking')
      else ended(code === 'ECONNREFUSED' || code === 'ENOENT' ? 'gone' : 'held')
    })
    const ended = (other: Other) => {
      connection.destroy()
      resolve(other)
    }
  })
}

/** The folder itself; where it lies too deep for a socket, one of its own among the temporary ones. */
function socketFolder(folder: string): string {
  if (Buffer.byteLength(join(folder, '.lock-000000000000.sock')) <= pathBytesMax) return folder
  const { uid } = userInfo()
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const place = join(tmpdir(), `ewallet-${uid}-${digest}`)
  mkdirSync(place, { recursive: true, mode: 0o700 })
  const found = lstatSync(place)
  // Anybody may make folders there, so one that somebody else made is not used.
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${place} is not a folder that only this user can enter.`)
  }
  return place
}
