import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aLine, ask, post } from '../listening.ts'
import { aHome, anEndedDaemon, aRunningDaemon } from '../process.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }

describe('a daemon whose folders vanished', () => {
  it.each([
    ['data', ['data']],
    ['all', ['data', 'runtime', 'config']],
  ])('ends with a fault when it is told to end: %s', async (_, folders) => {
    const daemon = await aRunningDaemon()
    await post({ port: Number(new URL(daemon.url).port) }, ASK)
    for (const folder of folders) rmSync(join(daemon.home, folder), { recursive: true, force: true })
    expect(await daemon.stop()).toBe(1)
    expect(daemon.stderr()).toContain('ewalletd: ')
  })

  it('ends in order where only its runtime folder did', async () => {
    const daemon = await aRunningDaemon()
    rmSync(join(daemon.home, 'runtime'), { recursive: true })
    expect([0, 1]).toContain(await daemon.stop())
  })
})

describe('a daemon that is told to end', () => {
  it('waits for nobody who says nothing, reads nothing, or never ends a request', async () => {
    const daemon = await aRunningDaemon()
    const port = Number(new URL(daemon.url).port)
    const half = connect(port, '127.0.0.1', () =>
      half.write('POST /ewallet/instruction-set HTTP/1.1\r\nHost: 127.0.0.1\r\n'),
    )
    const silent = connect(port, '127.0.0.1')
    for (const socket of [half, silent]) {
      socket.on('error', () => {})
      onTestFinished(() => void socket.destroy())
    }
    const slow = await aLine(daemon.url)
    slow.socket.pause()
    for (let id = 0; id < 20_000; id += 1) {
      slow.sends(JSON.stringify({ id, controller: 'client', ctype: 'action', action: 'view', view: 'license' }))
    }
    expect((await ask({ port }, 'GET', '/healthz')).status).toBe(200)
    expect(await daemon.stop()).toBe(0)
  })
})

describe('a daemon that cannot start', () => {
  it.each([
    ['its runtime folder is a file', (home: string) => writeFileSync(join(home, 'runtime'), '')],
    ['its data folder is a file', (home: string) => writeFileSync(join(home, 'data'), '')],
    [
      'its journal is a file',
      (home: string) => {
        mkdirSync(join(home, 'data'))
        writeFileSync(join(home, 'data', 'journal'), '')
      },
    ],
  ])('ends with a fault: %s', async (_, spoil) => {
    const home = aHome()
    spoil(home)
    const { exitCode, stderr } = await anEndedDaemon({ EWALLET_HOME: home, EWALLET_PORT: '0' })
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^ewalletd: /m)
  })
})

describe('the admin channel', () => {
  it('is a socket file that only its user can open, in a folder only its user can enter', async () => {
    const home = aHome()
    mkdirSync(join(home, 'runtime'), { mode: 0o755 })
    chmodSync(join(home, 'runtime'), 0o755)
    const daemon = await aRunningDaemon({ home })
    expect(statSync(daemon.admin).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, 'runtime')).mode & 0o777).toBe(0o700)
    expect(statSync(join(home, 'data')).mode & 0o777).toBe(0o700)
  })
})

describe('ewalletd --insecure', () => {
  it('listens beyond this machine without TLS, since its operator says so', async () => {
    const daemon = await aRunningDaemon({ env: { EWALLET_HOST: '0.0.0.0' }, flags: ['--insecure'] })
    const line = await aLine(daemon.url.replace('0.0.0.0', '127.0.0.1'))
    expect(await line.says(ASK)).toMatchObject({ failed: false })
  })

  it('is all that can be said on its command line', async () => {
    const { exitCode, stderr } = await anEndedDaemon({ EWALLET_HOME: aHome() }, ['--port', '1'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('ewalletd: "--port" is unknown; ewalletd takes --insecure alone.')
  })
})
