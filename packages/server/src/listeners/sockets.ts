import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo, BlockList } from 'node:net'
import { createSecureContext } from 'node:tls'
import { type Refusal, refuse } from '@ewallet/protocol'
import { BadSetting, type Config, isLoopback, mayListenOn, networksOf } from '../config.ts'
import type { Sockets } from '../handler.ts'
import type { Log } from '../log.ts'
import { type Door, type Listener, openDoor } from './http.ts'
import type { Reception } from './reception.ts'
import { Turnstile } from './turnstile.ts'

interface Opened {
  host: string
  port: number
  listener: Listener
}

/** Every listening socket that other processes reach over TCP: the daemon's own, and those the operator opened besides. */
export class ListeningSockets implements Sockets {
  private readonly config: Config
  private readonly log: Log
  /** Hears whether any socket can be reached from other machines. */
  private readonly onExposure: (isExposed: boolean) => void
  private tls: Door['tls']
  private renewing: NodeJS.Timeout | undefined
  private readonly trustedProxies: BlockList
  private readonly turnstile: Turnstile
  private readonly opened: Opened[] = []
  private reception: Reception | undefined
  /** The daemon's own listener, once it is open. */
  own: Opened | undefined

  constructor(config: Config, log: Log, onExposure: (isExposed: boolean) => void) {
    this.config = config
    this.log = log
    this.onExposure = onExposure
    this.tls = tlsOf(config)
    if (this.tls) this.renewing = setInterval(() => this.renewCertificate(), RENEWING_MS).unref()
    this.trustedProxies = networksOf(config.trustedProxies)
    this.turnstile = new Turnstile({ ...config, trustedProxies: this.trustedProxies })
  }

  /** Says where the requests go; before that nothing listens. */
  serve(reception: Reception): void {
    this.reception = reception
  }

  async startListener(): Promise<Refusal<'port_unavailable'> | undefined> {
    if (this.own) return undefined
    const { host, port, portFallback } = this.config
    let own = await this.listen(host, port)
    if (own === 'EADDRINUSE' && portFallback) own = await this.listen(host, 0)
    if (typeof own === 'string') return unavailable(host, port, own)
    this.own = own
    this.tellExposure()
    return undefined
  }

  async open(host: string | undefined, port: number) {
    const wanted = host ?? this.config.host
    if (!mayListenOn(wanted, this.config)) return refuse('host_not_permitted', { host: wanted })
    const opened = await this.listen(wanted, port)
    if (typeof opened === 'string') return unavailable(wanted, port, opened)
    this.opened.push(opened)
    this.tellExposure()
    return undefined
  }

  async close(port: number | undefined): Promise<Refusal<'listener_not_found'> | undefined> {
    const closing = this.opened.filter((opened) => port === undefined || opened.port === port)
    if (closing.length === 0 && port !== undefined) return refuse('listener_not_found', { port })
    for (const opened of closing) this.opened.splice(this.opened.indexOf(opened), 1)
    this.tellExposure()
    // Not waited for: whoever asked may be connected through one of them, and wants an answer.
    for (const { listener } of closing) void listener.close(CLOSING_MS)
    return undefined
  }

  list(): { host: string; port: number }[] {
    return this.opened.map(({ host, port }) => ({ host, port }))
  }

  /** Ends all of them, each connection at the latest after `patienceMs`. */
  async end(patienceMs: number): Promise<void> {
    const all = [...this.opened.splice(0), ...(this.own ? [this.own] : [])]
    this.own = undefined
    clearInterval(this.renewing)
    await Promise.all(all.map(({ listener }) => listener.close(patienceMs)))
  }

  /** How many connections are open on all of them. */
  get connections(): number {
    return this.turnstile.open
  }

  /** Takes up a certificate that was renewed in its files, for whoever connects from now on. */
  private renewCertificate(): void {
    try {
      const read = tlsOf(this.config)
      if (!read || !this.tls || (read.cert.equals(this.tls.cert) && read.key.equals(this.tls.key))) return
      this.tls = read
      const all = [...this.opened, ...(this.own ? [this.own] : [])]
      for (const { listener } of all) listener.renew(read)
      this.log.info('certificate renewed')
    } catch (error) {
      // Half written, perhaps: the next look will tell.
      this.log.warn('certificate not renewed', { reason: (error as Error).message })
    }
  }

  private tellExposure(): void {
    const hosts = [this.own, ...this.opened].flatMap((opened) => opened?.host ?? [])
    this.onExposure(!hosts.every(isLoopback))
  }

  private async listen(host: string, port: number): Promise<Opened | string> {
    const { config, reception } = this
    if (!reception) throw new Error('A socket was opened before the house.')
    const listener = openDoor({
      reception,
      isLocal: false,
      // A certificate says already who is meant.
      hostNames: this.tls ? undefined : [config.host.toLowerCase(), host.toLowerCase(), ...config.origins.map(nameOf)],
      origins: config.origins,
      trustedProxies: this.trustedProxies,
      limits: config,
      tls: this.tls,
      turnstile: this.turnstile,
    })
    const { server } = listener
    const fault = await listening(server, host, port)
    if (fault !== undefined) return fault
    // Too many open files, or a peer gone before it was accepted: the next one may be luckier.
    server.on('error', (error) => this.log.fault('accepting a connection failed', error))
    return { host, port: (server.address() as AddressInfo).port, listener }
  }

  /** Where programs reach the daemon's own listener, as an address of this machine. */
  get url(): string {
    if (!this.own) throw new Error('The listener is not open.')
    return this.urlOf(reachable[this.own.host] ?? this.own.host)
  }

  /** The same, with the host as it was set. */
  get listeningUrl(): string {
    return this.urlOf(this.config.host)
  }

  private urlOf(host: string): string {
    return `${this.tls ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${this.own?.port}`
  }
}

const CLOSING_MS = 2_000
/** How often it is looked whether the certificate was renewed. */
const RENEWING_MS = 60_000

/** Listening on all addresses, one is reached on this machine by loopback. */
const reachable: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

const nameOf = (origin: string) => new URL(origin).hostname.toLowerCase()

function unavailable(host: string, port: number, reason: string): Refusal<'port_unavailable'> {
  return refuse('port_unavailable', { host, port, reason }, `Port ${port} of ${host} cannot be opened (${reason}).`)
}

/** Starts to listen; gives back the code of what hinders it. */
function listening(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)
    server.once('error', failed)
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', failed)
      resolve(undefined)
    })
  })
}

function tlsOf({ tlsCert, tlsKey }: Config): Door['tls'] {
  if (tlsCert === undefined || tlsKey === undefined) return undefined
  const files = { cert: fileOf('EWALLET_TLS_CERT', tlsCert), key: fileOf('EWALLET_TLS_KEY', tlsKey) }
  try {
    createSecureContext(files)
  } catch (error) {
    throw new BadSetting(`EWALLET_TLS_CERT and EWALLET_TLS_KEY cannot be used: ${(error as Error).message}.`)
  }
  return files
}

function fileOf(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new BadSetting(`${name} cannot be read: ${(error as Error).message}.`)
  }
}
