import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chainOf, type Path, type Request, type Response } from '@ewallet/protocol'
import { defaults } from '../packages/server/src/config.ts'
import { openHouse } from '../packages/server/src/daemon.ts'
import type { Connection, Sockets } from '../packages/server/src/handler.ts'
import { machineFiles } from '../packages/server/src/store/lowdb/files.ts'
import { formats } from '../packages/server/src/store/lowdb/format.ts'
import { inPlace } from '../packages/server/src/store/lowdb/jobs.ts'
import { openLowdbStore } from '../packages/server/src/store/lowdb/lowdb-store.ts'
import { machineTime } from '../packages/server/src/time.ts'
import { PASSWORD } from './people.ts'
import { aFolder } from './process.ts'

/** Credits everybody in a history begins with. */
const CREDITS = 100_000_000
/** How many instructions are on their way to the disk together. */
const TOGETHER = 2_000
/** How many accounts are opened together: more passwords than these do not wait to be hashed. */
const OPENED_TOGETHER = 16

/** What a history consists of. */
export interface Shape {
  accounts: number
  transfers: number
}

/** When a history began and ended, in ms. */
export interface Told {
  from: number
  to: number
}

let histories: string | undefined

/**
 * Puts a copy of a history into a data folder. Each is written once a run, or where `EWALLET_BENCH_HISTORIES` names a folder to keep
 * them in, once.
 */
export async function copyHistory(to: string, shape: Shape): Promise<Told> {
  histories ??= process.env.EWALLET_BENCH_HISTORIES ?? aFolder('histories')
  const kept = join(histories, `${shape.accounts}-accounts-${shape.transfers}-transfers`)
  if (!existsSync(kept)) {
    const draft = `${kept}.draft`
    rmSync(draft, { recursive: true, force: true })
    const from = Date.now()
    await writeHistory(join(draft, 'data'), shape)
    writeFileSync(join(draft, 'told.json'), JSON.stringify({ from, to: Date.now() }))
    renameSync(draft, kept)
  }
  mkdirSync(to, { recursive: true, mode: 0o700 })
  cpSync(join(kept, 'data'), to, { recursive: true })
  return JSON.parse(readFileSync(join(kept, 'told.json'), 'utf8'))
}

/**
 * Fills a data folder through the daemon's own dispatch, without sockets: some accounts, and transfers from each to the next. They
 * log in with the password everybody has.
 */
async function writeHistory(folder: string, { accounts, transfers }: Shape): Promise<void> {
  // Nothing else keeps the process going while a password is hashed.
  const alive = setInterval(() => {}, 60_000)
  const store = await openLowdbStore({
    folder,
    time: machineTime(),
    checkpointBytes: defaults.checkpointBytes,
    report: (sentence) => process.stderr.write(`${sentence}\n`),
    jobs: inPlace(machineFiles, formats),
  })
  const config = { ...defaults, dataFolder: folder, runtimeFolder: folder, workersMax: accounts, scryptN: 16 }
  const house = await openHouse({
    config,
    store,
    sockets: {} as Sockets,
    random: randomBytes,
    onFault: (error) => {
      throw error
    },
    stop: () => {},
  })
  const say = async <P extends Path>(
    place: number,
    path: P,
    request: Request<P>,
    header: object = {},
  ): Promise<Response<P>> => {
    // From another address each time, for one may open only so many accounts a minute.
    const connection: Connection = { address: `10.${(place >> 12) & 255}.${(place >> 5) & 127}.1`, isLocal: false }
    const frame = { header, command_chain: chainOf(path, request) }
    const answer = await new Promise<Record<string, unknown>>((reply) => house.answer(frame, connection, reply))
    if (answer.failed) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    return answer as Response<P>
  }
  const open = async (place: number) => {
    const { client_id } = await say(place, 'client action request client_id', {})
    const { session_token } = await say(place, 'client action request session_token', { client_id }, { client_id })
    const header = { client_id, session_token }
    const email = `h${place}@example.org`
    const account = { user_name: `h${place}`, user_email: email, user_pass: PASSWORD }
    await say(place, 'client action new account', account, header)
    if (transfers > 0) {
      await say(place, 'client action login', { user_email: email, user_pass: PASSWORD }, header)
      await say(place, 'client action supply credits', { credits: CREDITS }, header)
    }
    return { email, header }
  }
  const people: { email: string; header: object }[] = []
  while (people.length < accounts) {
    const count = Math.min(OPENED_TOGETHER, accounts - people.length)
    people.push(...(await Promise.all(Array.from({ length: count }, (_, n) => open(people.length + n)))))
  }
  for (let done = 0; done < transfers; done += TOGETHER) {
    const batch = Array.from({ length: Math.min(TOGETHER, transfers - done) }, (_, place) => {
      const sender = people[(done + place) % people.length]
      const receiver = people[(done + place + 1) % people.length]
      if (!sender || !receiver) throw new Error('Nobody is there.')
      return say(0, 'client action transfer credits', { transfer_to: receiver.email, credits: 1 }, sender.header)
    })
    await Promise.all(batch)
  }
  await house.close()
  await store.close()
  clearInterval(alive)
}
