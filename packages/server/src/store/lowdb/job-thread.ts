import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { StoreDamaged } from './cannot-open.ts'
import { machineFiles } from './files.ts'
import { formats } from './format.ts'
import { inPlace, type Jobs } from './jobs.ts'
import { filesTogether } from './picture.ts'
import type { Progress } from './proof.ts'
import type { Followed } from './segments.ts'

/** What is asked of the thread: a job's name and what it is given besides where to report. */
export interface Asked {
  id: number
  job: 'read' | 'follow' | 'draw' | 'prove' | 'copy'
  given: readonly unknown[]
}

/** What the thread says of a job: how far it is, what it came to, or why it failed. */
export type Told = { id: number } & (
  | { progress: readonly [number, number] }
  | { result: unknown }
  | { damage: readonly [string, number, string] }
  | { failure: string; code: string | undefined }
)

/** A file of the journal below this is followed sooner than a thread starts. */
const threadBytes = 2 << 20

/** What of some bytes can be moved to another thread instead of being copied. */
export function movable(bytes: Uint8Array): ArrayBuffer[] {
  return bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer as ArrayBuffer] : []
}

/** What came out of a thread as mere bytes. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

interface Waiting {
  resolve: (value: never) => void
  reject: (error: Error) => void
  progress: Progress
}

/** Does the works of a store in a thread of its own, which starts with the first that is not a short one. */
export class JobThread implements Jobs {
  private readonly here = inPlace(machineFiles, formats)
  private worker: Worker | undefined
  private readonly waiting = new Map<number, Waiting>()
  private lastId = 0

  async read(...given: Parameters<Jobs['read']>): Promise<Buffer[]> {
    if (given[1].length < filesTogether) return this.here.read(...given)
    return (await this.ask<Uint8Array[]>('read', given)).map(asBuffer)
  }

  async follow(...[segment, bytes, sum, from]: Parameters<Jobs['follow']>): Promise<Followed> {
    if (bytes.byteLength < threadBytes) return this.here.follow(segment, bytes, sum, from)
    const told = await this.ask<Followed>('follow', [segment, bytes, sum, from], undefined, movable(bytes))
    return { ...told, text: asBuffer(told.text) }
  }

  draw(folder: string): Promise<number> {
    return this.ask('draw', [folder])
  }

  prove(folder: string, upTo: number, progress?: Progress): ReturnType<Jobs['prove']> {
    return this.ask('prove', [folder, upTo], progress)
  }

  copy(folder: string, to: string, progress?: Progress): ReturnType<Jobs['copy']> {
    return this.ask('copy', [folder, to], progress)
  }

  async close(): Promise<void> {
    await this.worker?.terminate()
  }

  private ask<T>(
    job: Asked['job'],
    given: readonly unknown[],
    progress: Progress = () => {},
    moved: ArrayBuffer[] = [],
  ): Promise<T> {
    this.worker ??= this.started()
    this.lastId += 1
    const id = this.lastId
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, progress })
      this.worker?.postMessage({ id, job, given } satisfies Asked, moved)
    })
  }

  private started(): Worker {
    const worker = new Worker(threadFile())
    const end = (error: Error) => {
      this.worker = undefined
      for (const { reject } of this.waiting.values()) reject(error)
      this.waiting.clear()
    }
    worker.on('message', (told: Told) => this.hear(told))
    worker.on('error', end)
    worker.on('exit', () => end(new Error("The store's thread has ended.")))
    return worker
  }

  private hear(told: Told): void {
    const job = this.waiting.get(told.id)
    if (!job) return
    if ('progress' in told) {
      job.progress(...told.progress)
      return
    }
    this.waiting.delete(told.id)
    if ('result' in told) job.resolve(told.result as never)
    else if ('damage' in told) job.reject(new StoreDamaged(...told.damage))
    else job.reject(Object.assign(new Error(told.failure), told.code === undefined ? {} : { code: told.code }))
  }
}

/** The bundled thread: beside the bundled daemon, or in the tree's `dist` where the sources themselves are run. */
function threadFile(): string {
  const places = ['./store-thread.js', '../store-thread.js', '../../../../../dist/store-thread.js']
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path))
  if (!found) throw new Error('store-thread.js is not there: npm run build')
  return found
}
