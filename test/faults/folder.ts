import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Files, machineFiles } from '../../packages/server/src/store/lowdb/files.ts'
import { formats } from '../../packages/server/src/store/lowdb/format.ts'
import { inPlace } from '../../packages/server/src/store/lowdb/jobs.ts'
import { openLowdbStore } from '../../packages/server/src/store/lowdb/lowdb-store.ts'
import type { Store } from '../../packages/server/src/store/store.ts'
import { aHandTurnedClock } from '../harness.ts'

/** A data folder of a test's own, removed when the test is over. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'data')
}

/** A copy of a folder, which a test may spoil. */
export function aCopy(folder: string): string {
  const copy = aFolder()
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** A store and the sentences it said to its operator. */
export interface Watched {
  store: Store
  said: string[]
}

/** Opens the store of a folder, its works done in this thread; the caller closes it, or does not, as a daemon that is killed. */
export async function open(
  folder: string,
  { files = machineFiles, checkpointBytes = 1 << 20 }: { files?: Files; checkpointBytes?: number } = {},
): Promise<Watched> {
  const said: string[] = []
  const store = await openLowdbStore({
    folder,
    time: aHandTurnedClock(),
    checkpointBytes,
    report: (sentence) => said.push(sentence),
    files,
    jobs: inPlace(files, formats),
  })
  return { store, said }
}

/** One transaction that moves credits, writes a row, and keeps an answer under a key. */
export function pay(store: Store, n: number): Promise<unknown> {
  return store.transaction(async (tx) => {
    tx.said = { by: 1, path: 'client action pay' }
    await tx.post('core', `wallet:${(n % 7) + 1}`, n, 'credits', { kind: 'supply', notes: `Nº ${n}` })
    await tx.issueReports.add({ at: tx.now, source: null, contact: null, name: `${n}`, details: '', log: null })
    await tx.answers.add({ account: 1, key: `key ${n}`, digest: '', answer: { n } })
    const gone = n % 3 === 0 && (await tx.issueReports.get(n / 3))
    if (gone) await tx.issueReports.remove(gone.id)
    return n
  })
}

/** What a store holds of all the payments, in the order of their keys. */
export function paid(store: Store): Promise<number[]> {
  return store.transaction(async (tx) => {
    const keys = (await tx.answers.list('account', [1])).map(({ answer }) => answer.n as number)
    // Nothing is half there: with its answer goes its money.
    const total = keys.reduce((sum, n) => sum + n, 0)
    if ((await tx.balance('core', 'credits')) !== -total) throw new Error(`${keys} were paid, not ${total}.`)
    return keys
  })
}

/** 1 to n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, place) => place + 1)
}

/** The files of a journal, in order. */
export function journalOf(folder: string): string[] {
  return readdirSync(join(folder, 'journal')).sort()
}

/** Reads, changes and writes a file. */
export function rewrite(path: string, change: (bytes: Buffer) => Buffer): void {
  writeFileSync(path, change(readFileSync(path)))
}

/** All files of a data folder that the store made, by their names in it. */
export function filesOf(folder: string): string[] {
  return ['journal', 'stores']
    .flatMap((below) => readdirSync(join(folder, below)).map((name) => join(below, name)))
    .concat(existsSync(join(folder, 'manifest.json')) ? ['manifest.json'] : [])
}
