import { getPriority, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { StoreDamaged } from './cannot-open.ts'
import { machineFiles } from './files.ts'
import { formats } from './format.ts'
import { type Asked, asBuffer, movable, type Told } from './job-thread.ts'
import { inPlace, type Jobs } from './jobs.ts'

/** How long is waited between two reports of progress, in ms. */
const reportMs = 50

/** By how much this thread gives way to the daemon's own in all that nobody waits for: a quarter of its share is left. */
const niceness = 5

const jobs = inPlace(machineFiles, formats)

/** Lets others go first. Only Linux does so by thread; elsewhere all of the daemon would give way. */
function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    if (getPriority() < niceness) setPriority(niceness)
  } catch {
    // Where a sandbox forbids it, the work is done all the same.
  }
}

parentPort?.on('message', async ({ id, job, given }: Asked) => {
  const tell = (told: Told, moved: ArrayBuffer[] = []) => parentPort?.postMessage(told, moved)
  let toldAt = 0
  const progress = (done: number, of: number) => {
    if (performance.now() - toldAt < reportMs) return
    toldAt = performance.now()
    tell({ id, progress: [done, of] })
  }
  try {
    if (job === 'follow') {
      const [segment, bytes, sum, from] = given as Parameters<Jobs['follow']>
      const followed = await jobs.follow(segment, asBuffer(bytes), sum, from)
      tell({ id, result: followed }, movable(followed.text))
      return
    }
    if (job === 'read') {
      const contents = await jobs.read(...(given as Parameters<Jobs['read']>))
      tell({ id, result: contents }, contents.flatMap(movable))
      return
    }
    giveWay()
    const work = jobs[job] as (...given: readonly unknown[]) => Promise<unknown>
    tell({ id, result: await work(...given, progress) })
  } catch (error) {
    if (error instanceof StoreDamaged) tell({ id, damage: [error.file, error.line, error.what] })
    else tell({ id, failure: (error as Error).message, code: (error as NodeJS.ErrnoException).code })
  }
})
