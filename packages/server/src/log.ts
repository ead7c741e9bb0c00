import type { Logger } from 'pino'

type Level = 'debug' | 'info' | 'warn' | 'error'
type Fields = Record<string, unknown>

/** One JSON line per event on stderr: level, time (UTC), pid, event and what it is about; never a secret. */
export interface Log {
  /** Whether events that cost something to gather are wanted. */
  readonly isDetailed: boolean
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
  /** Writes down a fault, with its stack. */
  fault(event: string, error: unknown, fields?: Fields): void
  /** Resolves once everything is written. */
  close(): Promise<void>
}

/** Opens the log; pino is loaded once there is something to write, so that the daemon serves before. */
export function openLog(level: string): Log {
  const waiting: [Level, string, Fields][] = []
  let logger: Logger | undefined
  let loading: Promise<void> | undefined

  async function load(): Promise<void> {
    const { default: pino } = await import('pino')
    const stderr = pino.destination({ fd: 2, sync: true })
    // Whoever read it is gone; the daemon goes on.
    stderr.on('error', () => {})
    logger = pino(
      {
        level,
        base: { pid: process.pid },
        messageKey: 'event',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      stderr,
    )
    for (const [at, event, fields] of waiting.splice(0)) logger[at](fields, event)
  }

  function write(at: Level, event: string, fields: Fields = {}): void {
    if (logger) {
      logger[at](fields, event)
      return
    }
    if (level === 'silent') return
    waiting.push([at, event, fields])
    loading ??= load()
  }

  return {
    isDetailed: level === 'debug' || level === 'trace',
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    fault: (event, error, fields) => write('error', event, { ...fields, ...told(error) }),
    async close() {
      await loading
    },
  }
}

function told(error: unknown): Fields {
  return error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) }
}
