import type { Response } from '@ewallet/protocol'
import { archiveOf } from './archive.ts'
import { type Ink, list, type Panel } from './view.ts'
import type { Views } from './views.ts'

/** Who is active on a session, in a sentence. */
export function activeSentence(account: string | null): string {
  return account === null ? 'Nobody is active now.' : `${account} is active now.`
}

type Acl = Response<'client action view acl'>['acl']

/** What an account may do, a permission a row. */
export function permissionRows(acl: Acl): { permission: string; access: 'allow' | 'deny' }[] {
  return Object.entries(acl).map(([permission, access]) => ({ permission, access }))
}

/** The columns of what an account may do. */
export const permissionColumns = {
  permission: 'Permission',
  access: {
    title: 'Access',
    show: (access: 'allow' | 'deny') => ({ text: access, tint: access === 'allow' ? 'green' : 'red' }) as const,
  },
} as const

function accountPanel({ account_data: data }: Response<'client action view account'>, ink: Ink): Panel {
  const loggedIn = data.state_code === 1
  return {
    headline: { text: data.name },
    about: data.alias ? `${data.email}, also known as ${data.alias}` : data.email,
    lines: [
      ['State', loggedIn ? { text: 'logged in', tint: 'green' } : { text: 'logged out', tint: 'dim' }],
      ...(data.phone ? [['Phone', data.phone] as const] : []),
      ['Wallets', archiveOf(data.ewallet_archive, data.ewallet, ink)],
      ['Contacts', archiveOf(data.contact_list_archive, data.contact_list, ink)],
      ['Since', data.create_date],
      ['Account', `#${data.id}`],
    ],
  }
}

const changed = { name: 'name', pass: 'password', alias: 'alias', email: 'email', phone: 'phone' } as const

export const accountViews: Views = {
  'client action new account': ({ account, account_data }) =>
    `Welcome, ${account_data.name}. The account is ${account}.`,
  'client action login': ({ account }) => `Logged in as ${account}.`,
  'client action logout': ({ account, session_data }) =>
    `Logged out ${account}. ${activeSentence(session_data.session_user_account)}`,
  'client action switch account': ({ account }) => activeSentence(account),
  'client action view account': accountPanel,
  'client action edit account': ({ account, edit }) => {
    const names = (Object.keys(changed) as (keyof typeof changed)[])
      .filter((key) => edit[key])
      .map((key) => changed[key])
    return `Changed ${names.length > 0 ? names.join(', ') : 'nothing'} of ${account}.`
  },
  'client action unlink account': ({ account }) =>
    `${account} will be deleted in 30 days. Until then: ewallet account recover.`,
  'client action recover account': ({ account }) => `${account} stays. Logged in as ${account}.`,
  'client action view login': list(
    'login_records',
    ({ login_records }) => Object.entries(login_records).map(([id, at]) => ({ id: Number(id), at })),
    { id: '#', at: 'Logged in' },
    'No logins yet.',
  ),
  'client action view logout': list(
    'logout_records',
    ({ logout_records }) => Object.entries(logout_records).map(([id, at]) => ({ id: Number(id), at })),
    { id: '#', at: 'Logged out' },
    'No logouts yet.',
  ),
  'client action view acl': list('acl', ({ acl }) => permissionRows(acl), permissionColumns, 'No permissions.'),
}
