import { emitKeypressEvents } from 'node:readline'
import { Readable } from 'node:stream'

/** A key as node names it. */
export interface Key {
  sequence?: string
  name?: string
  ctrl?: boolean
  meta?: boolean
  shift?: boolean
}

/** The keys of one line. */
export interface Keys {
  close(): void
}

/** Whether what comes is being pasted; it goes on from one line to the next. */
export interface Pasting {
  isOn: boolean
}

const PASTING_TOLD = '\x1b[?2004h'
const PASTING_UNTOLD = '\x1b[?2004l'

/** Where keys come from, and where the terminal is told how to send them. */
export interface KeysParts {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  pasting: Pasting
  onKey(text: string | undefined, key: Key): void
}

/**
 * Hands on the keys typed at a terminal until it is closed. What was typed or pasted behind the end of a line stays in the stream, for
 * the next line or whatever asks a question before it.
 */
export function openKeys({ stdin, stdout, pasting, onKey }: KeysParts): Keys {
  // Keys are told apart in a stream of their own: the decoder of node stays for ever on the stream it was put on.
  const decoder = new Readable({ read() {} })
  emitKeypressEvents(decoder)
  decoder.on('keypress', (text: string | undefined, key: Key) => {
    if (key.name === 'paste-start' || key.name === 'paste-end') pasting.isOn = key.name === 'paste-start'
    // A tab in what is pasted asks for nothing.
    else if (pasting.isOn && key.name === 'tab') onKey(' ', { name: 'space', sequence: ' ' })
    else onKey(text, key)
  })
  let isOpen = true

  function feed(chunk: Buffer): void {
    let rest = chunk
    while (isOpen && rest.length > 0) {
      const end = endOfLine(rest)
      decoder.emit('data', rest.subarray(0, end))
      rest = rest.subarray(end)
    }
    if (rest.length > 0) stdin.unshift(rest)
  }

  // However the process ends, the terminal is left as it was.
  const untell = () => stdout.write(PASTING_UNTOLD)
  process.on('exit', untell)
  stdin.setRawMode(true)
  stdout.write(PASTING_TOLD)
  stdin.on('data', feed)
  stdin.resume()
  return {
    close() {
      if (!isOpen) return
      isOpen = false
      stdin.off('data', feed)
      stdin.pause()
      process.off('exit', untell)
      // A Ctrl-C that follows at once is to be a signal already.
      stdin.setRawMode(false)
      untell()
      decoder.removeAllListeners()
    },
  }
}

/** How much of what came belongs to the line it begins in. */
function endOfLine(bytes: Buffer): number {
  const at = bytes.findIndex((byte) => byte === 0x0d || byte === 0x0a)
  if (at < 0) return bytes.length
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? at + 2 : at + 1
}
