import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { hooked, type Loaded, readLoaded } from '../loaded.ts'
import { aHome, anEndedDaemon, aRunningDaemon } from '../process.ts'

const settings = () => {
  const home = aHome()
  const file = join(home, 'loaded')
  return { home, file, env: { NODE_OPTIONS: `--import ${hooked}`, LOADED: file, EWALLET_LOG_LEVEL: 'silent' } }
}
const ofDatabase = ({ sources, packages }: Loaded) => ({
  sources: sources.filter((source) => source.includes('store/postgres/')),
  packages: packages.filter((name) => /^(pg|postgres)/.test(name)),
})

describe('a daemon', () => {
  it('that keeps files loads nothing of PostgreSQL', async () => {
    const { home, file, env } = settings()
    const daemon = await aRunningDaemon({ home, env })
    const socket = new WebSocket(daemon.url)
    await new Promise((resolve) => socket.once('open', resolve))
    const answered = new Promise((resolve) => socket.once('message', resolve))
    socket.send(JSON.stringify({ id: 1, command_chain: { client: { action: { request: 'client_id' } } } }))
    await answered
    socket.terminate()
    expect(await daemon.stop()).toBe(0)
    const loaded = readLoaded(file)
    expect(ofDatabase(loaded)).toEqual({ sources: [], packages: [] })
    expect(loaded.sources).toContain('packages/server/src/store/lowdb/lowdb-store.ts')
  }, 60_000)

  it('that is given a database loads it', async () => {
    const { home, file, env } = settings()
    const store = 'postgres://nobody@127.0.0.1:1/none'
    await anEndedDaemon({ ...env, EWALLET_HOME: home, EWALLET_STORE: store })
    const { sources, packages } = ofDatabase(readLoaded(file))
    expect(packages).toContain('pg')
    expect(sources).toContain('packages/server/src/store/postgres/postgres-store.ts')
  }, 60_000)
})
