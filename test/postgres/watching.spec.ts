import { afterAll, describe, expect, it } from 'vitest'
import { ask, post } from '../listening.ts'
import { aRunningDaemon } from '../process.ts'
import { startServer } from './server.ts'

const server = await startServer().catch((error: Error) => {
  process.stderr.write(`skipped: PostgreSQL does not run here: ${error.message}\n`)
})
afterAll(() => server?.end())

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }

describe.skipIf(!server)('who watches over a daemon on a database', () => {
  it('is told the same figures as of one on files, and by /healthz that the database is gone and that it is back', async () => {
    const env = { EWALLET_STORE: server?.url ?? '', EWALLET_STORE_TIMEOUT_SECONDS: '2', EWALLET_LOG_LEVEL: 'silent' }
    const [onDatabase, onFiles] = [await aRunningDaemon({ env }), await aRunningDaemon()]
    const figures = []
    for (const { url } of [onDatabase, onFiles]) {
      const port = Number(new URL(url).port)
      const { client_id } = (await post({ port }, ASK)).body
      expect((await post({ port }, { ...ASK, request: 'session_token', client_id })).status).toBe(200)
      const { text } = await ask({ port }, 'GET', '/metrics')
      figures.push(new Set(text.match(/^ewallet_\w+/gm)))
      for (const name of ['ewallet_commit_transactions_count', 'ewallet_fsync_seconds_count', 'ewallet_sessions']) {
        expect([name, Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])]).not.toEqual([name, 0])
      }
    }
    expect(figures[0]).toEqual(figures[1])

    const port = Number(new URL(onDatabase.url).port)
    const healthOf = async () => (await ask({ port }, 'GET', '/healthz')).status
    expect(await healthOf()).toBe(200)
    await server?.kill()
    expect(await healthOf()).toBe(503)
    await server?.start()
    await expect.poll(healthOf, { timeout: 30_000 }).toBe(200)
  }, 120_000)
})
