import { randomBytes } from 'node:crypto'
import type { Config } from './config.ts'
import { Lanes } from './sessions/lanes.ts'
import { Sessions } from './sessions/session-manager.ts'
import { machineFiles } from './store/lowdb/files.ts'
import { formats } from './store/lowdb/format.ts'
import { inPlace } from './store/lowdb/jobs.ts'
import { openLowdbStore } from './store/lowdb/lowdb-store.ts'
import { type Progress, proveFolder } from './store/lowdb/proof.ts'
import { commitRestore, finishRestoring, type RestorePoint, stageRestore } from './store/lowdb/restore.ts'
import type { Proof, Transaction } from './store/store.ts'
import { machineTime } from './time.ts'

/** What a restore came to. */
export interface Restored {
  /** The last line that was taken over. */
  seq: number
  /** Where what it replaced is kept. */
  before: string
}

/**
 * Puts a backup, up to a point, into the place of a data folder that no daemon uses. It is proved before, and ends all sessions;
 * no id, cursor or moment goes back behind what the folder had reached. Throws StoreDamaged and NoSuchPoint.
 */
export async function restoreBackup(
  config: Config,
  backup: string,
  point: RestorePoint,
  progress: Progress,
): Promise<Restored> {
  const { dataFolder: folder } = config
  finishRestoring(machineFiles, folder)
  const staged = stageRestore(machineFiles, folder, backup, formats, point, progress)
  const store = await openLowdbStore({
    folder: staged.folder,
    time: machineTime(),
    checkpointBytes: config.checkpointBytes,
    report: (sentence) => {
      throw new Error(sentence)
    },
    jobs: inPlace(machineFiles, formats),
  })
  const sessions = new Sessions(config, new Lanes(config), randomBytes)
  await store.transaction(async (tx) => {
    tx.said = { by: null, path: 'restore store' }
    for (const { id } of await tx.sessions.list('expiry', [])) await sessions.end(tx, id)
    for (const [account, cursor] of staged.counters.cursors) await raiseCursor(tx, account, cursor)
  })
  await store.close()
  proveFolder(machineFiles, staged.folder, formats, Number.POSITIVE_INFINITY)
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  return { seq: staged.seq, before: commitRestore(machineFiles, folder, staged, stamp) }
}

/** Proves a folder that no daemon uses. Throws StoreDamaged. */
export function proveBackup(folder: string, progress: Progress): Proof {
  return proveFolder(machineFiles, folder, formats, Number.POSITIVE_INFINITY, progress).proof
}

async function raiseCursor(tx: Transaction, account: number, cursor: number): Promise<void> {
  const known = await tx.eventCursors.find('account', [account])
  if (!known) await tx.eventCursors.add({ account, cursor })
  else if (known.cursor < cursor) await tx.eventCursors.put({ ...known, cursor })
}
