import { randomBytes } from 'node:crypto'
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

/** Credits everybody in a history begins with. */
const CREDITS = 100_000_000
/** How many instructions are on their way to the disk together. */
const TOGETHER = 2_000

/**
 * Fills a data folder through the daemon's own dispatch, without sockets: some accounts, and transfers from each to the next. They
 * log in with the password everybody has.
 */
export async function writeHistory(
  folder: string,
  { accounts, transfers }: { accounts: number; transfers: number },
): Promise<void> {
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
  let address = 0
  const say = async <P extends Path>(path: P, request: Request<P>, header: object = {}): Promise<Response<P>> => {
    // From another address each time, for one may open only so many accounts a minute.
    const connection: Connection = { address: `10.${(address >> 12) & 255}.${(address >> 5) & 127}.1`, isLocal: false }
    const answer = await house.answer({ header, command_chain: chainOf(path, request) }, connection)
    if (answer.failed) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    return answer as Response<P>
  }
  const people: { email: string; header: object }[] = []
  for (let place = 0; place < accounts; place += 1) {
    address = place
    const { client_id } = await say('client action request client_id', {})
    const { session_token } = await say('client action request session_token', { client_id }, { client_id })
    const header = { client_id, session_token }
    const email = `h${place}@example.org`
    await say('client action new account', { user_name: `h${place}`, user_email: email, user_pass: PASSWORD }, header)
    if (transfers === 0) continue
    await say('client action login', { user_email: email, user_pass: PASSWORD }, header)
    await say('client action supply credits', { credits: CREDITS }, header)
    people.push({ email, header })
  }
  for (let done = 0; done < transfers; done += TOGETHER) {
    const batch = Array.from({ length: Math.min(TOGETHER, transfers - done) }, (_, place) => {
      const sender = people[(done + place) % people.length]
      const receiver = people[(done + place + 1) % people.length]
      if (!sender || !receiver) throw new Error('Nobody is there.')
      return say('client action transfer credits', { transfer_to: receiver.email, credits: 1 }, sender.header)
    })
    await Promise.all(batch)
  }
  await house.close()
  await store.close()
  clearInterval(alive)
}
