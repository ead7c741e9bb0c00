import type { IncomingMessage } from 'node:http'
import { misfit, type Reply } from './replies.ts'
import type { Unfinished } from './unfinished.ts'

/** The text of a request's body. What is too much is read on to its end, or the peer would never read the refusal. */
export function bodyOf(
  request: IncomingMessage,
  bytesMax: number,
  unfinished: Unfinished,
  onCut: () => void,
): Promise<string | Reply> {
  const tooLarge = misfit(413, `A request should be at most ${bytesMax} bytes.`, undefined, { connection: 'close' })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) resolve(tooLarge)
    const done = unfinished.add({
      bytes: () => (bytes > bytesMax ? 0 : bytes),
      cut() {
        onCut()
        request.destroy()
      },
    })
    request.once('close', done)
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= bytesMax) chunks.push(chunk)
      else {
        chunks.length = 0
        resolve(tooLarge)
      }
    })
    request.on('end', () => {
      done()
      resolve(bytes > bytesMax ? tooLarge : decoded(Buffer.concat(chunks)))
    })
    request.on('error', reject)
  })
}

function decoded(body: Buffer): string | Reply {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return misfit(400, 'The body should be UTF-8.')
  }
}
