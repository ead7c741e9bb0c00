import { permissions } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { aclOf, isDenied } from '../../packages/server/src/domain/permissions.ts'

describe('a permission', () => {
  it.each([
    ['nothing was said', {}, 'supply', 'open', false],
    ['nothing was said and the supply is granted', {}, 'supply', 'granted', true],
    ['it was allowed though the supply is granted', { supply: 'allow' }, 'supply', 'granted', false],
    ['it was denied though the supply is open', { supply: 'deny' }, 'supply', 'open', true],
    ['nothing was said and it is another', {}, 'pay', 'granted', false],
    ['it was denied', { pay: 'deny' }, 'pay', 'open', true],
    ['another was denied', { pay: 'deny' }, 'transfer', 'open', false],
  ] as const)('where %s', (_, acl, permission, supply, denied) => {
    expect(isDenied(acl, permission, supply)).toBe(denied)
  })

  it('is one of eight', () => {
    expect(permissions).toEqual(['supply', 'transfer', 'pay', 'convert', 'clock', 'sheets', 'contacts', 'account'])
  })

  it('stands on a sheet that names them all', () => {
    expect(aclOf({ clock: 'deny' }, 'granted')).toEqual({
      supply: 'deny',
      transfer: 'allow',
      pay: 'allow',
      convert: 'allow',
      clock: 'deny',
      sheets: 'allow',
      contacts: 'allow',
      account: 'allow',
    })
  })
})
