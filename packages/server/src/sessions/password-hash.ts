import { randomBytes, timingSafeEqual } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { type Refusal, refuse } from '@ewallet/protocol'
import type { PassHash } from '../domain/rows.ts'
import type { Passwords } from '../handler.ts'

/** How many passwords may wait to be hashed: about five seconds' worth. */
const QUEUE_MAX = 100
/** By how much hashing gives way to everything else. */
const NICENESS = 5
const KEY_BYTES = 32
const SALT_BYTES = 16

// One thread of its own: on libuv's pool scrypt would hold up fsync (decisions.md: p50 0.09 → 143 ms). It lets payments go first, which
// only Linux does by thread. A text, so that it needs no file of its own beside the bundle.
const THREAD = `
  const { parentPort } = require('node:worker_threads')
  const { scryptSync } = require('node:crypto')
  const { getPriority, setPriority } = require('node:os')
  try {
    if (process.platform === 'linux' && getPriority() < ${NICENESS}) setPriority(${NICENESS})
  } catch {}
  parentPort.on('message', ({ id, password, salt, size, N, r, p }) => {
    const hash = scryptSync(password, Buffer.from(salt, 'base64'), size, { N, r, p, maxmem: 256 * N * r + 1048576 })
    parentPort.postMessage({ id, hash })
  })
`

interface Waiting {
  resolve: (hash: Uint8Array) => void
  reject: (error: Error) => void
}

/** scrypt in a thread of its own, behind a bounded queue. The thread starts with the first password. */
export class PasswordThread implements Passwords {
  private readonly N: number
  private worker: Worker | undefined
  private readonly waiting = new Map<number, Waiting>()
  private lastId = 0
  /** What an unknown account's password is compared with: it costs as much and never fits. */
  private readonly nobody: PassHash

  constructor(N: number) {
    this.N = N
    const [salt, hash] = [SALT_BYTES, KEY_BYTES].map((size) => randomBytes(size).toString('base64')) as [string, string]
    this.nobody = { N, r: 8, p: 1, salt, hash }
  }

  /** How many passwords wait to be hashed. */
  get waitingCount(): number {
    return this.waiting.size
  }

  async hash(password: string): Promise<PassHash | Refusal<'too_busy'>> {
    if (this.waiting.size >= QUEUE_MAX) return refuse('too_busy')
    const kept = { N: this.N, r: 8, p: 1, salt: randomBytes(SALT_BYTES).toString('base64') }
    const hash = await this.scrypt(password, kept)
    return { ...kept, hash: Buffer.from(hash).toString('base64') }
  }

  async verify(password: string, kept: PassHash | null): Promise<boolean | Refusal<'too_busy'>> {
    if (this.waiting.size >= QUEUE_MAX) return refuse('too_busy')
    const against = kept ?? this.nobody
    const hash = await this.scrypt(password, against)
    return timingSafeEqual(hash, Buffer.from(against.hash, 'base64')) && kept !== null
  }

  /** Ends the thread; what waits fails. */
  async close(): Promise<void> {
    await this.worker?.terminate()
  }

  private scrypt(password: string, { N, r, p, salt }: Omit<PassHash, 'hash'>): Promise<Uint8Array> {
    this.worker ??= this.started()
    this.lastId += 1
    const id = this.lastId
    // Unicode has several spellings of one text; the same password typed elsewhere must fit.
    this.worker.postMessage({ id, password: password.normalize('NFKC'), salt, size: KEY_BYTES, N, r, p })
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }))
  }

  private started(): Worker {
    const worker = new Worker(THREAD, { eval: true })
    worker.on('message', ({ id, hash }: { id: number; hash: Uint8Array }) => {
      this.waiting.get(id)?.resolve(hash)
      this.waiting.delete(id)
    })
    const fail = (error: Error) => {
      this.worker = undefined
      for (const { reject } of this.waiting.values()) reject(error)
      this.waiting.clear()
    }
    worker.on('error', fail)
    worker.on('exit', () => fail(new Error('The password thread ended.')))
    worker.unref()
    return worker
  }
}
