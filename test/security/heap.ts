import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { RunningDaemon } from '../process.ts'

/** What lets a daemon's heap be looked at, for the daemon's environment: loopback only, and in tests alone. */
export const lookedInto = { NODE_OPTIONS: '--inspect=127.0.0.1:0' }

/** The heap of a daemon that was started with `lookedInto`. */
export interface Heap {
  /** How many bytes are in use once everything that nobody needs is collected, buffers outside the heap counted in. */
  used(): Promise<number>
  /** Looks away; before that the daemon does not end. */
  leave(): void
}

/** Connects to the inspector of a daemon. */
export async function heapOf(daemon: RunningDaemon): Promise<Heap> {
  const url = /Debugger listening on (ws:\S+)/.exec(daemon.stderr())?.[1]
  if (url === undefined) throw new Error('The daemon has no inspector.')
  const socket = new WebSocket(url)
  onTestFinished(() => socket.terminate())
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let lastId = 0
  const ask = async (method: string, params: object = {}) => {
    lastId += 1
    const id = lastId
    const answered = new Promise<Record<string, unknown>>((resolve) => {
      const hear = (message: unknown) => {
        const answer = JSON.parse(String(message))
        if (answer.id !== id) return
        socket.off('message', hear)
        resolve(answer.result)
      }
      socket.on('message', hear)
    })
    socket.send(JSON.stringify({ id, method, params }))
    return answered
  }
  return {
    async used() {
      // What a first collection finishes off is gone with the next.
      for (const _ of [1, 2, 3]) await ask('HeapProfiler.collectGarbage')
      const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())'
      const { result } = (await ask('Runtime.evaluate', { expression, returnByValue: true })) as {
        result: { value: number }
      }
      return result.value
    },
    leave: () => socket.terminate(),
  }
}
