import type { Response } from '@ewallet/protocol'
import { amount, duration } from '../output/amount.ts'
import { type Ink, list, type Panel, type Piece } from './view.ts'
import type { Views } from './views.ts'

function sessionPanel({ session_data: data, valid_to }: Response<'client action view session'>, { mark }: Ink): Panel {
  const active = data.session_user_account
  const accounts = Object.entries(data.session_account_archive).map(
    ([email, name]): Piece =>
      email === active ? { text: `${mark} ${email} (${name})`, tint: 'green' } : { text: `${email} (${name})` },
  )
  return {
    headline: active === null ? { text: 'Nobody is active', tint: 'dim' } : { text: active },
    lines: [
      ['Accounts', accounts],
      ['Wallet', data.session_credit_ewallet],
      ['Contacts', data.session_contact_list],
      ['Good until', valid_to],
    ],
  }
}

type Validity = Pick<Response<'client action verify ctoken validity'>, 'valid' | 'registered' | 'expired'>

function validitySentence(what: string, { valid, registered, expired }: Validity): Piece[] {
  if (valid) return [{ text: `The ${what} is valid.`, tint: 'green' }]
  const reason = expired ? 'has expired' : registered ? 'is not valid' : 'is unknown'
  return [{ text: `The ${what} ${reason}.`, tint: 'yellow' }]
}

export const sessionViews: Views = {
  'client action request client_id': ({ client_id }) => client_id,
  'client action request session_token': () => 'A session token was given.',
  'client action verify ctoken validity': (validity) => validitySentence('client id', validity),
  'client action verify stoken validity': (validity) => validitySentence('session token', validity),
  'client action alive ctoken': ({ extended, ctoken_data }, ink) =>
    `The client id is good for ${duration(extended)} more, until ${ink.moment(ctoken_data.valid_to)}.`,
  'client action alive stoken': ({ extended, stoken_data }, ink) =>
    `The session is good for ${duration(extended)} more, until ${ink.moment(stoken_data.valid_to)}.`,
  'client action view session': sessionPanel,
  'client action view sessions': list(
    'sessions',
    ({ sessions }) => sessions,
    {
      id: '#',
      created: 'Since',
      last_used: 'Last used',
      valid_to: 'Good until',
      address: 'From',
      current: { title: 'Current', show: (current, _, { mark }) => (current ? { text: mark, tint: 'green' } : '') },
    },
    'No sessions.',
  ),
  'client action revoke session': ({ sessions_revoked }) => `Ended ${amount(sessions_revoked, 'session')}.`,
}
