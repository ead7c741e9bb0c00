import { describe, expect, it } from 'vitest'
import { networksOf } from '../../packages/server/src/config.ts'
import { Turnstile } from '../../packages/server/src/listeners/turnstile.ts'

function aTurnstile({ connectionsMax = 100, connectionsPerAddressMax = 2 } = {}): Turnstile {
  return new Turnstile({ connectionsMax, connectionsPerAddressMax, trustedProxies: networksOf(['10.0.0.0/8']) })
}

describe('a turnstile', () => {
  it.each([
    ['one address', ['192.0.2.1', '192.0.2.1', '192.0.2.1'], [true, true, false]],
    ['several addresses', ['192.0.2.1', '192.0.2.2', '192.0.2.3'], [true, true, true]],
    ['one network of IPv6', ['2001:db8::1', '2001:db8::2', '2001:db8::3'], [true, true, false]],
    ['this machine', ['127.0.0.1', '127.0.0.1', '127.0.0.1'], [true, true, true]],
    ['this machine over IPv6', ['::1', '::1', '::1'], [true, true, true]],
    ['a trusted proxy', ['10.1.2.3', '10.1.2.3', '10.1.2.3'], [true, true, true]],
  ])('lets in from %s as many as it may have', (_, addresses, expected) => {
    const turnstile = aTurnstile()
    expect(addresses.map((address) => turnstile.enter(address) === undefined)).toEqual(expected)
  })

  it('lets nobody more in than there may be in all, not even from this machine', () => {
    const turnstile = aTurnstile({ connectionsMax: 1 })
    expect([turnstile.enter('127.0.0.1'), turnstile.enter('127.0.0.1')]).toEqual([undefined, 'connections'])
    expect(turnstile.open).toBe(1)
  })

  it('has room again for who leaves, and remembers no address that is gone', () => {
    const turnstile = aTurnstile()
    turnstile.enter('192.0.2.1')
    turnstile.enter('192.0.2.1')
    turnstile.leave('192.0.2.1')
    expect(turnstile.enter('192.0.2.1')).toBeUndefined()
    turnstile.leave('192.0.2.1')
    turnstile.leave('192.0.2.1')
    expect(turnstile.open).toBe(0)
    expect((turnstile as unknown as { byAddress: Map<string, number> }).byAddress.size).toBe(0)
  })
})
