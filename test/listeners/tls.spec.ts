import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { aLine, aListeningDaemon, type ListeningDaemon } from '../listening.ts'
import { aHome, anEndedDaemon, aRunningDaemon } from '../process.ts'

const ASK = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' }

/** A certificate for this machine that nobody vouches for, in files of its own. */
async function aCertificate(): Promise<{ tlsCert: string; tlsKey: string; ca: string }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  const folder = aHome()
  const files = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') }
  writeFileSync(files.tlsCert, made.cert)
  writeFileSync(files.tlsKey, made.private, { mode: 0o600 })
  return { ...files, ca: made.cert }
}

async function aTlsDaemon(config = {}): Promise<ListeningDaemon & { port: number; ca: string }> {
  const { ca, ...files } = await aCertificate()
  return { ...(await aListeningDaemon({ host: '0.0.0.0', ...files, ...config })), ca }
}

describe('a daemon with a certificate', () => {
  it('may be reached from other machines, over wss and https alone', async () => {
    const { sockets, port, ca } = await aTlsDaemon()
    expect(sockets.url).toBe(`wss://127.0.0.1:${port}`)
    const line = await aLine(sockets.url, { ca })
    expect(await line.says(ASK)).toMatchObject({ failed: false })
    const status = await new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/healthz', ca, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    expect(status).toBe(200)
    await expect(aLine(`ws://127.0.0.1:${port}`)).rejects.toBeDefined()
  })

  it('is not believed by who does not know the certificate', async () => {
    const { sockets } = await aTlsDaemon()
    await expect(aLine(sockets.url)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it('ends a connection that never shakes hands within EWALLET_HEADER_SECONDS, and serves the next one', async () => {
    const { port, sockets, ca, refused } = await aTlsDaemon({ headerMs: 100 })
    const silent = connectPlain(port, '127.0.0.1')
    onTestFinished(() => {
      silent.destroy()
    })
    silent.on('error', () => {})
    await new Promise((resolve) => silent.once('close', resolve).resume())
    expect(refused).toEqual(['tls'])
    expect(await (await aLine(sockets.url, { ca })).says(ASK)).toMatchObject({ failed: false })
  })

  it('refuses what old versions of TLS say', async () => {
    const { sockets, ca } = await aTlsDaemon()
    const old = { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await expect(aLine(sockets.url, old)).rejects.toBeDefined()
  })
})

describe('a certificate that is renewed', () => {
  it('is taken up within a minute; who is connected stays, and half of one changes nothing', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const old = await aCertificate()
    const { sockets } = await aListeningDaemon({ tlsCert: old.tlsCert, tlsKey: old.tlsKey, silentMs: 1_000_000 })
    const early = await aLine(sockets.url, { ca: old.ca })
    const renewed = await aCertificate()
    writeFileSync(old.tlsCert, readFileSync(renewed.tlsCert))
    vi.advanceTimersByTime(60_000)
    await expect(aLine(sockets.url, { ca: renewed.ca })).rejects.toBeDefined()
    expect(await (await aLine(sockets.url, { ca: old.ca })).says(ASK)).toMatchObject({ failed: false })

    writeFileSync(old.tlsKey, readFileSync(renewed.tlsKey))
    vi.advanceTimersByTime(60_000)
    expect(await (await aLine(sockets.url, { ca: renewed.ca })).says(ASK)).toMatchObject({ failed: false })
    await expect(aLine(sockets.url, { ca: old.ca })).rejects.toBeDefined()
    expect(await early.says(ASK)).toMatchObject({ failed: false })
  })
})

describe('ewalletd', () => {
  it('with a certificate listens on every address, in a process of its own', async () => {
    const { tlsCert, tlsKey, ca } = await aCertificate()
    const env = { EWALLET_HOST: '0.0.0.0', EWALLET_TLS_CERT: tlsCert, EWALLET_TLS_KEY: tlsKey }
    const { url } = await aRunningDaemon({ env })
    expect(url).toMatch(/^wss:\/\/0\.0\.0\.0:/)
    const line = await aLine(url.replace('0.0.0.0', '127.0.0.1'), { ca })
    expect(await line.says(ASK)).toMatchObject({ failed: false })
  })

  it.each([
    ['no certificate', {}, 2, /EWALLET_HOST is "0\.0\.0\.0", which other machines can reach/],
    [
      'files that are not there',
      { EWALLET_TLS_CERT: '/no/c', EWALLET_TLS_KEY: '/no/k' },
      2,
      /EWALLET_TLS_CERT cannot be read/,
    ],
  ])('with %s does not start on another address than loopback', async (_, env, exitCode, words) => {
    const ended = await anEndedDaemon({ EWALLET_HOME: aHome(), EWALLET_PORT: '0', EWALLET_HOST: '0.0.0.0', ...env })
    expect(ended.exitCode).toBe(exitCode)
    expect(ended.stderr).toMatch(words)
  })

  it('with a key that does not fit its certificate says so in one line', async () => {
    const [one, other] = [await aCertificate(), await aCertificate()]
    const env = { EWALLET_TLS_CERT: one.tlsCert, EWALLET_TLS_KEY: other.tlsKey }
    const ended = await anEndedDaemon({ EWALLET_HOME: aHome(), EWALLET_PORT: '0', ...env })
    expect(ended.exitCode).toBe(2)
    expect(ended.stderr).toMatch(/^ewalletd: EWALLET_TLS_CERT and EWALLET_TLS_KEY cannot be used: .+$/m)
  })
})
