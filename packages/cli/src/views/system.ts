import type { Response } from '@ewallet/protocol'
import { amount } from '../output/amount.ts'
import { permissionColumns, permissionRows } from './account.ts'
import { type Listing, list, type Panel, type Piece } from './view.ts'
import type { Views } from './views.ts'

type WorkerData = Response<'system action new worker'>['worker_data']

const states = { vacant: 'green', in_use: 'yellow', full: 'red' } as const

function stateOf(state: WorkerData['state_label']): Piece {
  return { text: state.replace('_', ' '), tint: states[state] }
}

function socketList(answer: string): Listing<Response<'system action open sockets'>> {
  return list('sockets', ({ sockets }) => sockets, { host: 'Host', port: 'Port' }, answer)
}

type Cleaners = Response<'system action start cleaner'>

const cleanerList: Listing<Cleaners> = list(
  'cleaners',
  ({ cleaners }) => Object.entries(cleaners).map(([name, cleaner]) => ({ name, ...cleaner })),
  {
    name: 'Cleaner',
    active: {
      title: 'State',
      show: (active) => (active ? { text: 'running', tint: 'green' } : { text: 'stopped', tint: 'dim' }),
    },
    every_minutes: { title: 'Every', right: true, show: (minutes) => amount(minutes, 'minute') },
  },
  'No cleaners.',
)

type Acl = Response<'system action view acl'>

const aclList: Listing<Acl> = list('acl', ({ acl }) => permissionRows(acl), permissionColumns, 'No permissions.')

function sessionPanel({ session_data: data }: Response<'system action interogate session'>): Panel {
  return {
    headline: { text: `Session ${data.id}` },
    about: data.reference,
    lines: [
      ['Worker', data.worker],
      ['Active', data.user_account ?? 'nobody'],
      ['Logged in', data.user_account_archive.map((text) => ({ text }))],
      ['Wallet', data.credit_ewallet],
      ['Contacts', data.contact_list],
      ['Since', data.create_date],
      ['Good until', data.expiration_date],
    ],
  }
}

const onWorker = (session: number, worker: number | null): string =>
  worker === null ? `Session ${session} is on no worker.` : `Session ${session} is on worker ${worker}.`

const withIds = (what: string, ids: readonly (number | string)[]): string =>
  ids.length > 0 ? `${what}: ${ids.join(', ')}.` : ''

const sentences = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')

export const systemViews: Views = {
  'system action start instruction_listener': () => 'The listener is open.',
  'system action open sockets': socketList('No sockets are open besides the listener.'),
  'system action close sockets': socketList('No sockets are open besides the listener.'),
  'system action new worker': ({ worker }) => `Added worker ${worker}.`,
  'system action new session': ({ worker, ewallet_session }) =>
    `Opened session ${ewallet_session} on worker ${worker}.`,
  'system action interogate workers': list(
    'workers',
    ({ workers }) => Object.values(workers),
    {
      id: '#',
      create_date: 'Since',
      state_code: 'hidden',
      state_label: { title: 'State', show: stateOf },
      state_timestamp: 'hidden',
      session_pool: { title: 'Sessions', show: (sessions) => sessions.length },
      queue: 'Queue',
    },
    'No workers.',
  ),
  'system action interogate session': sessionPanel,
  'system action interogate session_pool': ({ worker, session_pool }) =>
    session_pool.length === 0
      ? `Worker ${worker} holds no session.`
      : `Worker ${worker} holds ${amount(session_pool.length, 'session')}: ${session_pool.join(', ')}.`,
  'system action search session': ({ ewallet_session, worker }) => onWorker(ewallet_session, worker),
  'system action add session': ({ ewallet_session, worker }) => onWorker(ewallet_session, worker),
  'system action add session_map': ({ map_entry }) =>
    `${map_entry.client_id} is on session ${map_entry.ewallet_session}.`,
  'system action remove session_map': list(
    'session_map',
    ({ session_map }) => Object.entries(session_map).map(([client_id, session]) => ({ client_id, session })),
    { client_id: 'Client id', session: 'Session' },
    'Nothing is left in the map of that worker.',
  ),
  'system action scrape session': ({ ewallet_session }) => `Removed session ${ewallet_session} and ended its logins.`,
  'system action cleanup sessions': ({ sessions_cleaned, sessions, workers }) =>
    sentences(
      `Removed ${amount(sessions_cleaned, 'session')}.`,
      withIds('Sessions', sessions),
      withIds('Workers', workers),
    ),
  'system action cleanup ctokens': ({ ctokens_cleaned, sessions }) =>
    sentences(`Removed ${amount(ctokens_cleaned, 'client id')}.`, withIds('Sessions', sessions)),
  'system action cleanup stokens': ({ stokens_cleaned, sessions }) =>
    sentences(`Removed ${amount(stokens_cleaned, 'session token')}.`, withIds('Sessions', sessions)),
  'system action cleanup workers': ({ workers_cleaned, workers, worker_reserved }) =>
    sentences(
      `Removed ${amount(workers_cleaned, 'worker')}.`,
      withIds('Workers', workers),
      worker_reserved === null ? '' : `Worker ${worker_reserved} is kept in reserve.`,
    ),
  'system action cleanup accounts': ({ accounts_cleaned, accounts }) =>
    sentences(`Deleted ${amount(accounts_cleaned, 'account')}.`, withIds('Accounts', accounts)),
  'system action start cleaner': cleanerList,
  'system action stop cleaner': cleanerList,
  'system action view accounts': list(
    'accounts',
    ({ accounts }) => accounts,
    {
      id: '#',
      name: 'Name',
      email: 'Email',
      state_name: {
        title: 'State',
        show: (state) =>
          state === 'LoggedIn' ? { text: 'logged in', tint: 'green' } : { text: 'logged out', tint: 'dim' },
      },
      credits: 'Credits',
    },
    'No accounts.',
  ),
  'system action view acl': aclList,
  'system action edit acl': aclList,
  'system action view issues': list(
    'issues',
    ({ issues }) => issues,
    {
      id: '#',
      timestamp: 'When',
      source: 'hidden',
      contact: 'Contact',
      name: 'Issue',
      details: 'Details',
      log: 'hidden',
    },
    'No issues.',
  ),
  'system action backup store': ({ path, seq }) => `Copied the store to ${path}, up to journal line ${seq}.`,
  'system action verify store': ({ seq, entries, postings, wallets, clocks }) =>
    // A database has no journal of ours.
    `The store agrees with itself: ${seq > 0 ? `${amount(seq, 'journal line')}, ` : ''}${entries} entries, ${amount(postings, 'posting')}, ${amount(wallets, 'wallet')}, ${amount(clocks, 'clock')}.`,
  'system action stop daemon': () => 'The daemon is stopping.',
}
