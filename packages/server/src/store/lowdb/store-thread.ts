import { parentPort } from 'node:worker_threads'
import { StoreDamaged } from './cannot-open.ts'
import { machineFiles } from './files.ts'
import { formats } from './format.ts'
import type { Asked, Told } from './job-thread.ts'
import { inPlace } from './jobs.ts'

/** How long is waited between two reports of progress, in ms. */
const reportMs = 50

const jobs = inPlace(machineFiles, formats)

parentPort?.on('message', async ({ id, job, given }: Asked) => {
  const tell = (told: Told) => parentPort?.postMessage(told)
  let toldAt = 0
  const progress = (done: number, of: number) => {
    if (performance.now() - toldAt < reportMs) return
    toldAt = performance.now()
    tell({ id, progress: [done, of] })
  }
  const work = jobs[job] as (...given: readonly unknown[]) => Promise<unknown>
  try {
    tell({ id, result: await work(...given, progress) })
  } catch (error) {
    if (error instanceof StoreDamaged) tell({ id, damage: [error.file, error.line, error.what] })
    else tell({ id, failure: (error as Error).message, code: (error as NodeJS.ErrnoException).code })
  }
})
