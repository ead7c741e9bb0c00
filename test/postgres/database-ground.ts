import { connect, createServer, type Server, type Socket } from 'node:net'
import pg from 'pg'
import { openPostgresStore, type PostgresStore } from '../../packages/server/src/store/postgres/postgres-store.ts'
import { type Store, StoreUnavailable } from '../../packages/server/src/store/store.ts'
import type { Time } from '../../packages/server/src/time.ts'
import type { Dice } from '../simulation/dice.ts'
import type { Trouble } from '../simulation/disk.ts'
import type { Ground } from '../simulation/ground.ts'
import { told } from './database.ts'

const PATIENCE_MS = 20_000

/** One daemon's way to the database, until it ends. */
interface Way {
  server: Server
  sockets: Set<Socket>
  end: () => void
  store: PostgresStore | undefined
}

/**
 * A database behind a network on which connections break, before or after what was said on them got there; the daemon may end with
 * them. What the database was told it does, whether or not anybody hears of it.
 */
export class DatabaseGround implements Ground {
  readonly staysBroken = false
  operations = 0
  powerCuts = 0
  private readonly url: URL
  private readonly name: string
  private readonly dice: Dice
  private trouble: Trouble | undefined
  private way: Way | undefined

  /** Of an empty schema, and with a name by which the database knows who is connected. */
  constructor(url: string, name: string, dice: Dice) {
    this.url = new URL(url)
    this.name = name
    this.dice = dice
  }

  async open(time: Time, report: (sentence: string) => void, end: () => void): Promise<Store> {
    await this.isLeft()
    const way = await this.aWay(end)
    this.way = way
    const behind = new URL(this.url)
    behind.port = String((way.server.address() as { port: number }).port)
    behind.searchParams.set('application_name', this.name)
    const store = await openPostgresStore({ url: behind.href, connectionsMax: 4, timeoutMs: 5_000, time, report })
    way.store = store
    if (this.way === way) return store
    await store.close()
    throw new StoreUnavailable('The daemon ended.')
  }

  kill(): void {
    const { way } = this
    this.way = undefined
    this.trouble = undefined
    if (!way) return
    for (const socket of way.sockets) socket.destroy()
    way.server.close()
    void way.store?.close().catch(() => {})
  }

  cutPower(): void {
    this.powerCuts += 1
    this.kill()
  }

  troubles(trouble: Trouble | undefined): void {
    this.trouble = trouble && { ...trouble }
  }

  forget(): void {}

  async spoil(dice: Dice): Promise<{ what: string; mend: () => Promise<void> }> {
    const balances = await told(this.url.href, 'SELECT ledger, unit FROM balances ORDER BY ledger, unit')
    const { ledger, unit } = dice.pick(balances)
    const add = async (amount: number) =>
      void (await told(this.url.href, 'UPDATE balances SET amount = amount + $1 WHERE ledger = $2 AND unit = $3', [
        amount,
        ledger,
        unit,
      ]))
    const by = dice.whole(1, 9)
    await add(by)
    return { what: `the balance of ${ledger}`, mend: () => add(-by) }
  }

  async catchUp(isDone: () => boolean): Promise<void> {
    for (const until = Date.now() + PATIENCE_MS; !isDone() && Date.now() < until; ) await pause()
  }

  /** Waits until the database has done what the last daemon told it, and knows that nobody is there any more. */
  async isLeft(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url.href })
    await client.connect()
    const count = async () => {
      const sql = 'SELECT count(*)::int FROM pg_stat_activity WHERE application_name = $1'
      return (await client.query<{ count: number }>(sql, [this.name])).rows[0]?.count
    }
    try {
      for (const until = Date.now() + PATIENCE_MS; (await count()) !== 0; await pause())
        if (Date.now() > until) throw new Error('The database does not notice that the daemon is gone.')
    } finally {
      await client.end()
    }
  }

  private async aWay(end: () => void): Promise<Way> {
    const sockets = new Set<Socket>()
    const server = createServer((daemon) => {
      const onward = connect(Number(this.url.port), this.url.hostname)
      for (const [one, other] of [
        [daemon, onward],
        [onward, daemon],
      ] as const) {
        sockets.add(one)
        one.on('error', () => {})
        one.on('close', () => {
          sockets.delete(one)
          other.destroy()
        })
      }
      onward.pipe(daemon)
      daemon.on('data', (piece: Buffer) => {
        const kind = this.meets(piece)
        if (kind === undefined) onward.write(piece)
        else this.breakOff(daemon, onward, piece, kind)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { server, sockets, end, store: undefined }
  }

  /** Which trouble comes up when something is said, if one does; where asked, only when something is to be kept. */
  private meets(piece: Buffer): Trouble['kind'] | undefined {
    this.operations += 1
    const { trouble } = this
    if (!trouble || (trouble.atSync && !piece.includes('COMMIT'))) return undefined
    trouble.after -= 1
    if (trouble.after >= 0) return undefined
    trouble.lasts -= 1
    if (trouble.lasts <= 0) this.trouble = undefined
    return trouble.kind
  }

  /** What was said gets there, or it does not; what is answered is heard by nobody. */
  private breakOff(daemon: Socket, onward: Socket, piece: Buffer, kind: Trouble['kind']): void {
    const { way } = this
    onward.unpipe(daemon)
    onward.resume()
    const isSent = this.dice.chance(0.6)
    if (isSent) {
      // Both ends go once the database has done it.
      onward.end(piece)
      daemon.removeAllListeners('close')
    }
    daemon.destroy()
    if (kind === 'end') way?.end()
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}
