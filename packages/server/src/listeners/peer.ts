import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'
import { isLoopback } from '../config.ts'

/** An address as it is written everywhere: IPv4 addresses never in their IPv6 clothes. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Whether an address is among networks. */
export function isAmong(address: string, networks: BlockList): boolean {
  const family = isIP(address)
  return family !== 0 && networks.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** Whose request it is: the peer, or whom a trusted proxy names last before itself. */
export function addressOf(request: IncomingMessage, trustedProxies: BlockList): string {
  let address = plainAddress(request.socket.remoteAddress)
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  while (isAmong(address, trustedProxies)) {
    const before = plainAddress(forwarded.pop()?.trim())
    if (isIP(before) === 0) break
    address = before
  }
  return address
}

/** The name or address a Host header carries, without its port. */
function hostNameOf(header: string): string | undefined {
  const named = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s/@]+))(?::\d{1,5})?$/.exec(header)
  return (named?.[1] ?? named?.[2])?.toLowerCase()
}

/**
 * Whether a Host header names this daemon. A page whose own name was pointed at this machine sends that name; numbers cannot be
 * pointed anywhere.
 */
export function isOwnHost(header: string | undefined, ownNames: readonly string[]): boolean {
  const name = hostNameOf(header ?? '')
  return name !== undefined && (isIP(name) !== 0 || isLoopback(name) || ownNames.includes(name))
}

/** Whether a request comes from this machine itself, and was not handed on by a proxy on it. */
export function isFromHere({ socket, headers }: IncomingMessage): boolean {
  const isHandedOn = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
  return isLoopback(plainAddress(socket.remoteAddress)) && !isHandedOn
}
