import { type Permission, permissions } from '@ewallet/protocol'
import type { Account } from './rows.ts'

/** Whether an account may not do something. All start as allowed, except that `supply` follows the daemon's setting. */
export function isDenied(acl: Account['acl'], permission: Permission, supply: 'open' | 'granted'): boolean {
  const said = acl[permission]
  return said === undefined ? permission === 'supply' && supply === 'granted' : said === 'deny'
}

/** What an account may do, permission by permission. */
export function aclOf(acl: Account['acl'], supply: 'open' | 'granted'): Record<Permission, 'allow' | 'deny'> {
  const sheet = permissions.map((permission) => [permission, isDenied(acl, permission, supply) ? 'deny' : 'allow'])
  return Object.fromEntries(sheet) as Record<Permission, 'allow' | 'deny'>
}
