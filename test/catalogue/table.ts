import type { Path, SheetKind } from '@ewallet/protocol'

/** One row of the table of instructions: what is said, by whom, and every key of request and response. */
export interface Row {
  path: Path
  /** The access, and the permission it needs behind a colon. */
  who: string
  /** As `shapeOf` words a schema. */
  request: string
  response: string
  also?: readonly string[]
  synonyms?: Readonly<Record<string, string>>
  /** What a person types; words in capitals stand for a value. */
  typed?: readonly string[]
}

const accountData =
  '{ id: int, name: text, create_date: ts, write_date: ts, ewallet: int, contact_list: int, email: text, phone: text | null, alias: text | null, state_code: 0 | 1, state_name: "LoggedOut" | "LoggedIn", ewallet_archive: map of text, contact_list_archive: map of text }'

const sessionData =
  '{ session_user_account: text | null, session_credit_ewallet: int | null, session_contact_list: int | null, session_account_archive: map of text }'

const acl =
  '{ supply: "allow" | "deny", transfer: "allow" | "deny", pay: "allow" | "deny", convert: "allow" | "deny", clock: "allow" | "deny", sheets: "allow" | "deny", contacts: "allow" | "deny", account: "allow" | "deny" }'

const ewalletData =
  '{ id: int, user: int, reference: text, create_date: ts, write_date: ts, credits: int, clock: int | null, clock_archive: map of text, transfer_sheet: int | null, transfer_sheet_archive: map of text, invoice_sheet: int | null, invoice_sheet_archive: map of text }'

const clockData =
  '{ id: int, ewallet: int, reference: text, create_date: ts, write_date: ts, credit_clock: num, clock_state: "inactive" | "active" | "pending", time_sheet: int | null, time_sheet_archive: map of text, conversion_sheet: int | null, conversion_sheet_archive: map of text }'

const workerData =
  '{ id: int, create_date: ts, state_code: 0 | 1 | 2, state_label: "vacant" | "in_use" | "full", state_timestamp: ts, session_pool: [int], queue: int }'

const listData = '{ id: int, user: int, reference: text, create_date: ts, write_date: ts, records: map of text }'

const contactData =
  '{ id: int, contact_list: int, reference: text, create_date: ts, write_date: ts, name: text, email: text | null, phone: text | null, notes: text | null }'

const timeData =
  '{ id: int, time_sheet: int, reference: text, create_date: ts, write_date: ts, time_start: ts, time_stop: ts, time_spent: num, time_pending: num, pending_count: int }'

/** Every instruction but those of the four sheets, a row each. */
const table: readonly Row[] = [
  // session
  {
    path: 'client action request client_id',
    who: 'anyone',
    request: '{}',
    response: '{ client_id: text }',
    typed: ['session new'],
  },
  {
    path: 'client action request session_token',
    who: 'client',
    request: '{ client_id: text }',
    response: '{ session_token: text }',
  },
  {
    path: 'client action verify ctoken validity',
    who: 'anyone',
    request: '{ client_id: text }',
    response: '{ client_id: text, valid: bool, registered: bool, expired: bool }',
    typed: ['session verify'],
  },
  {
    path: 'client action verify ctoken linked',
    who: 'anyone',
    request: '{ client_id: text, session_token?: text }',
    response: '{ client_id: text, linked: bool, session_token: text | null }',
  },
  {
    path: 'client action verify ctoken session',
    who: 'anyone',
    request: '{ client_id: text }',
    response: '{ client_id: text, plugged: bool, session: int | null }',
  },
  {
    path: 'client action verify ctoken status',
    who: 'anyone',
    request: '{ client_id: text, session_token?: text }',
    response:
      '{ client_id: text, valid: bool, linked: bool, plugged: bool, session_token: text | null, session: int | null }',
    typed: ['session show'],
  },
  {
    path: 'client action verify stoken validity',
    who: 'anyone',
    request: '{ session_token: text }',
    response: '{ session_token: text, valid: bool, registered: bool, expired: bool }',
  },
  {
    path: 'client action verify stoken linked',
    who: 'anyone',
    request: '{ session_token: text, client_id?: text }',
    response: '{ session_token: text, linked: bool, client_id: text | null }',
  },
  {
    path: 'client action verify stoken session',
    who: 'anyone',
    request: '{ session_token: text }',
    response: '{ session_token: text, plugged: bool, session: int | null }',
  },
  {
    path: 'client action verify stoken status',
    who: 'anyone',
    request: '{ session_token: text, client_id?: text }',
    response:
      '{ session_token: text, valid: bool, linked: bool, plugged: bool, client_id: text | null, session: int | null }',
  },
  {
    path: 'client action alive ctoken',
    who: 'session',
    request: '{}',
    response:
      '{ ctoken: text, extended: int, time_unit: "minutes", ctoken_data: { label: text, create_date: ts, write_date: ts, valid_to: ts, active: bool } }',
  },
  {
    path: 'client action alive stoken',
    who: 'session',
    request: '{}',
    response:
      '{ stoken: text, extended: int, time_unit: "minutes", stoken_data: { label: text, create_date: ts, write_date: ts, valid_to: ts, active: bool } }',
    typed: ['session keep-alive'],
  },
  {
    path: 'client action view session',
    who: 'session',
    request: '{}',
    response: `{ session_data: ${sessionData}, valid_to: ts }`,
    typed: ['session'],
  },
  {
    path: 'client action view sessions',
    who: 'account',
    request: '{}',
    response:
      '{ sessions: [{ id: int, created: ts, last_used: ts, valid_to: ts, address: text | null, current: bool }] }',
    typed: ['session list'],
  },
  {
    path: 'client action revoke session',
    who: 'account',
    request: '{ session_id?: int, all?: bool }',
    response: '{ sessions_revoked: int }',
    typed: ['session revoke'],
  },
  // account
  {
    path: 'client action new account',
    who: 'session',
    request:
      '{ user_name: text, user_pass: text, user_email: text, user_phone?: text, user_alias?: text, license?: text }',
    response: `{ account: text, account_data: ${accountData} }`,
    typed: ['signup'],
  },
  {
    path: 'client action login',
    who: 'session',
    request: '{ user_name?: text, user_email?: text, user_pass: text }',
    response: `{ account: text, session_data: ${sessionData} }`,
    typed: ['login'],
  },
  {
    path: 'client action logout',
    who: 'account',
    request: '{}',
    response: `{ account: text, session_data: ${sessionData} }`,
    typed: ['logout'],
  },
  {
    path: 'client action switch account',
    who: 'session',
    request: '{ account: text }',
    response: `{ account: text, session_data: ${sessionData} }`,
    typed: ['account use EMAIL'],
  },
  {
    path: 'client action view account',
    who: 'account',
    request: '{}',
    response: `{ account: text, account_data: ${accountData} }`,
    typed: ['account', 'whoami'],
  },
  {
    path: 'client action edit account',
    who: 'account: account',
    request:
      '{ user_name?: text, user_pass?: text, user_alias?: text, user_email?: text, user_phone?: text, current_pass?: text }',
    response: `{ account: text, edit: { name: bool, pass: bool, alias: bool, email: bool, phone: bool }, account_data: ${accountData} }`,
    typed: ['account edit'],
  },
  {
    path: 'client action unlink account',
    who: 'account: account',
    request: '{ forfeit?: bool }',
    response: '{ account: text }',
    typed: ['account delete'],
  },
  {
    path: 'client action recover account',
    who: 'session',
    request: '{ user_name?: text, user_email?: text, user_pass: text }',
    response: `{ account: text, account_data: ${accountData}, session_data: ${sessionData} }`,
    typed: ['account recover'],
  },
  {
    path: 'client action view login',
    who: 'account',
    request: '{}',
    response: '{ account: text, login_records: map of ts }',
    typed: ['account logins'],
  },
  {
    path: 'client action view logout',
    who: 'account',
    request: '{}',
    response: '{ account: text, logout_records: map of ts }',
    typed: ['account logouts'],
  },
  {
    path: 'client action view acl',
    who: 'account',
    request: '{}',
    response: `{ account: text, acl: ${acl} }`,
    typed: ['account permissions'],
  },
  // wallet
  {
    path: 'client action supply credits',
    who: 'account: supply',
    request: '{ credits: int, currency?: text = "RON", cost?: num = 0, notes?: text }',
    response: '{ ewallet_credits: int, supplied_credits: int, transfer_record: int, invoice_record: int }',
    typed: ['supply 100 --cost 4.70 --currency RON'],
  },
  {
    path: 'client action pay',
    who: 'account: pay',
    request: '{ pay: text, credits: int, notes?: text }',
    response: '{ paid: text, ewallet_credits: int, spent_credits: int, transfer_record: int, invoice_record: int }',
    typed: ['pay --to EMAIL --credits N'],
  },
  {
    path: 'client action transfer credits',
    who: 'account: transfer',
    request: '{ transfer_to: text, credits: int, notes?: text }',
    response: '{ transfered_to: text, ewallet_credits: int, transfered_credits: int, transfer_record: int }',
    typed: ['transfer --to EMAIL --credits N'],
  },
  {
    path: 'client action refund transfer',
    who: 'account: transfer',
    request: '{ record_id: int, credits?: int }',
    response: '{ refunded_to: text, ewallet_credits: int, refunded_credits: int, transfer_record: int }',
    typed: ['transfer refund ID'],
  },
  {
    path: 'client action view credit ewallet',
    who: 'account',
    request: '{}',
    response: `{ ewallet: int, ewallet_data: ${ewalletData} }`,
    also: ['client action view credit wallet'],
    typed: ['balance', 'wallet'],
  },
  {
    path: 'client action new credit ewallet',
    who: 'account: account',
    request: '{ reference?: text }',
    response: `{ ewallet: int, ewallet_data: ${ewalletData} }`,
    typed: ['wallet new'],
  },
  {
    path: 'client action switch credit ewallet',
    who: 'account: account',
    request: '{ ewallet_id: int }',
    response: `{ ewallet: int, ewallet_data: ${ewalletData} }`,
    typed: ['wallet use ID'],
  },
  {
    path: 'client action unlink credit ewallet',
    who: 'account: account',
    request: '{ ewallet_id: int }',
    response: '{ ewallet: int }',
    typed: ['wallet delete ID'],
  },
  {
    path: 'client action view credit ewallets',
    who: 'account',
    request: '{}',
    response: `{ ewallets: [${ewalletData}] }`,
    typed: ['wallet list'],
  },
  {
    path: 'client action view statement',
    who: 'account',
    request: '{ ewallet_id?: int, from?: text, to?: text, limit?: int, cursor?: text }',
    response:
      '{ ewallet: int, opening: { credits: int, milliseconds: int }, closing: { credits: int, milliseconds: int }, entries: [{ id: int, at: ts, kind: text, record: int | null, counterparty: text | null, clock: int | null, unit: "credits" | "milliseconds", amount: int, balance: int, notes: text | null }], cursor: text | null }',
    typed: ['statement', 'export -o hledger'],
  },
  // clock
  {
    path: 'client action convert credits2clock',
    who: 'account: convert',
    request: '{ credits: int, notes?: text }',
    response: '{ conversion_record: int, ewallet_credits: int, credit_clock: num, converted_credits: int }',
    typed: ['convert --credits N'],
  },
  {
    path: 'client action convert clock2credits',
    who: 'account: convert',
    request: '{ minutes: int, notes?: text }',
    response: '{ conversion_record: int, ewallet_credits: int, credit_clock: num, converted_minutes: num }',
    synonyms: { credits: 'minutes' },
    typed: ['convert --minutes N'],
  },
  {
    path: 'client action start clock_timer',
    who: 'account: clock',
    request: '{ notes?: text, clock_id?: int }',
    response: '{ clock: int, start_timestamp: ts }',
    typed: ['clock start'],
  },
  {
    path: 'client action pause clock_timer',
    who: 'account: clock',
    request: '{ clock_id?: int }',
    response: '{ clock: int, pending_time: num, start_timestamp: ts, pause_timestamp: ts, pending_count: int }',
    typed: ['clock pause'],
  },
  {
    path: 'client action resume clock_timer',
    who: 'account: clock',
    request: '{ clock_id?: int }',
    response: '{ clock: int, pending_time: num, pause_timestamp: ts, resume_timestamp: ts, pending_count: int }',
    also: ['client action resume pause:clock_timer'],
    typed: ['clock resume'],
  },
  {
    path: 'client action stop clock_timer',
    who: 'account: clock',
    request: '{ clock_id?: int }',
    response: `{ clock: int, pending_count: int, pending_time: num, start_timestamp: ts, stop_timestamp: ts, minutes_spent: num, time_record: int, record_data: ${timeData} }`,
    also: ['client action stop pause:clock_timer'],
    typed: ['clock stop'],
  },
  {
    path: 'client action view credit clock',
    who: 'account',
    request: '{ clock_id?: int }',
    response: `{ clock: int, clock_data: ${clockData} }`,
    typed: ['clock', 'clock status'],
  },
  {
    path: 'client action view credit clocks',
    who: 'account',
    request: '{}',
    response: `{ clocks: [${clockData}] }`,
    typed: ['clock list'],
  },
  {
    path: 'client action view time intervals',
    who: 'account',
    request: '{ from?: text, to?: text, limit?: int, cursor?: text }',
    response: '{ intervals: [{ time_record: int, start_ms: int, stop_ms: int }], cursor: text | null }',
    typed: ['export -o timeclock', 'report'],
  },
  {
    path: 'client action import time_records',
    who: 'account: clock',
    request: '{ records: [{ time_start: text, time_stop: text, notes?: text }] }',
    response: '{ imported: int, time_records: [int], minutes_spent: num, credit_clock: num }',
    typed: ['import time FILE'],
  },
  {
    path: 'client action new credit clock',
    who: 'account: clock',
    request: '{}',
    response: `{ clock: int, clock_data: ${clockData} }`,
    typed: ['clock new'],
  },
  {
    path: 'client action switch credit clock',
    who: 'account: clock',
    request: '{ clock_id: int }',
    response: `{ clock: int, clock_data: ${clockData} }`,
    typed: ['clock use ID'],
  },
  {
    path: 'client action unlink credit clock',
    who: 'account: clock',
    request: '{ clock_id: int }',
    response: '{ clock: int }',
    typed: ['clock delete ID'],
  },
  // contacts
  {
    path: 'client action new contact list',
    who: 'account: contacts',
    request: '{}',
    response: `{ contact_list: int, list_data: ${listData} }`,
    typed: ['contact list new'],
  },
  {
    path: 'client action view contact list',
    who: 'account',
    request: '{}',
    response: `{ contact_list: int, list_data: ${listData} }`,
  },
  {
    path: 'client action switch contact_list',
    who: 'account: contacts',
    request: '{ list_id: int }',
    response: `{ contact_list: int, list_data: ${listData} }`,
    also: ['client action switch contact list'],
    typed: ['contact list use ID'],
  },
  {
    path: 'client action unlink contact list',
    who: 'account: contacts',
    request: '{ list_id: int }',
    response: '{ contact_list: int }',
    typed: ['contact list delete ID'],
  },
  {
    path: 'client action new contact record',
    who: 'account: contacts',
    request:
      '{ contact_list?: int, user_email?: text, user_phone?: text, user_reference?: text, notes?: text, user_name: text }',
    response: '{ contact_record: int, contact_list: int }',
    synonyms: { contact_sheet: 'contact_list' },
    typed: ['contact add NAME'],
  },
  {
    path: 'client action view contact record',
    who: 'account',
    request: '{ record_id: int }',
    response: `{ contact_list: int, contact_record: int, record_data: ${contactData} }`,
    synonyms: { record: 'record_id' },
    typed: ['contact show ID'],
  },
  {
    path: 'client action view contact records',
    who: 'account',
    request: '{ limit?: int, cursor?: text }',
    response: `{ contact_list: int, records: [${contactData}], cursor: text | null }`,
    typed: ['contact'],
  },
  {
    path: 'client action edit contact record',
    who: 'account: contacts',
    request:
      '{ contact_list?: int, user_email?: text, user_phone?: text, user_reference?: text, notes?: text, record_id: int, user_name?: text }',
    response: `{ contact_list: int, contact_record: int, record_data: ${contactData} }`,
    synonyms: { record: 'record_id', contact_sheet: 'contact_list' },
    typed: ['contact edit ID'],
  },
  {
    path: 'client action unlink contact record',
    who: 'account: contacts',
    request: '{ record_id: int }',
    response: '{ contact_list: int, contact_record: int }',
    synonyms: { record: 'record_id' },
    typed: ['contact remove ID'],
  },
  // events
  {
    path: 'client action subscribe events',
    who: 'account',
    request: '{ from?: int }',
    response: '{ cursor: int }',
    typed: ['watch', 'events --follow'],
  },
  { path: 'client action unsubscribe events', who: 'account', request: '{}', response: '{ cursor: int }' },
  {
    path: 'client action view events',
    who: 'account',
    request: '{ from?: int, limit?: int }',
    response: '{ events: [{ event: text, cursor: int, at: ts, data: map of any }], cursor: int }',
    typed: ['events'],
  },
  // support
  {
    path: 'client action report issue',
    who: 'anyone',
    request: '{ issue: { name: text, details: text, email?: text, log?: text } }',
    response: '{ issue: int, timestamp: ts, source: text | null, contact: text | null }',
    typed: ['report issue'],
  },
  {
    path: 'client action view license',
    who: 'anyone',
    request: '{}',
    response: '{ version: text, text: text }',
    typed: ['license'],
  },
  // system
  {
    path: 'system action start instruction_listener',
    who: 'system',
    request: '{}',
    response: '{ listener: "started" }',
    typed: ['system listener start'],
  },
  {
    path: 'system action open sockets',
    who: 'system',
    request: '{ in_port: int, out_port?: int, host?: text }',
    response: '{ sockets: [{ host: text, port: int }] }',
    also: ['system action open opening:sockets'],
    typed: ['system sockets open --port N'],
  },
  {
    path: 'system action close sockets',
    who: 'system',
    request: '{ port?: int }',
    response: '{ sockets: [{ host: text, port: int }] }',
    also: ['system action close closing:sockets'],
    typed: ['system sockets close'],
  },
  {
    path: 'system action new worker',
    who: 'system',
    request: '{}',
    response: `{ worker: int, worker_data: ${workerData} }`,
    typed: ['system worker new'],
  },
  {
    path: 'system action new session',
    who: 'system',
    request: '{ reference?: text }',
    response: '{ worker: int, ewallet_session: int }',
    typed: ['system session new'],
  },
  {
    path: 'system action interogate workers',
    who: 'system',
    request: '{}',
    response: `{ workers: map of ${workerData} }`,
    typed: ['system workers'],
  },
  {
    path: 'system action interogate session',
    who: 'system',
    request: '{ session_id: int }',
    response:
      '{ ewallet_session: int, worker: int | null, session_data: { id: int, reference: text, create_date: ts, write_date: ts, expiration_date: ts, worker: int | null, user_account: text | null, user_account_archive: [text], credit_ewallet: int | null, contact_list: int | null } }',
    typed: ['system session show ID'],
  },
  {
    path: 'system action interogate session_pool',
    who: 'system',
    request: '{ worker_id: int }',
    response: '{ worker: int, session_pool: [int] }',
    typed: ['system worker show ID'],
  },
  {
    path: 'system action search session',
    who: 'system',
    request: '{ session_token: text }',
    response: '{ ewallet_session: int, worker: int | null }',
    typed: ['system session find'],
  },
  {
    path: 'system action add session',
    who: 'system',
    request: '{ session_id: int, worker_id?: int }',
    response: '{ ewallet_session: int, worker: int }',
    typed: ['system session assign'],
  },
  {
    path: 'system action add session_map',
    who: 'system',
    request: '{ client_id: text, session_token: text, session_id: int }',
    response: '{ map_entry: { client_id: text, ewallet_session: int } }',
  },
  {
    path: 'system action remove session_map',
    who: 'system',
    request:
      '{ identifier: "ewallet_session" | "session_token" | "client_id", ewallet_session?: int, session_token?: text, client_id?: text }',
    response: '{ session_map: map of int }',
    typed: ['system session unmap'],
  },
  {
    path: 'system action scrape session',
    who: 'system',
    request: '{ session_id: int }',
    response: '{ ewallet_session: int, scraped: true }',
    typed: ['system session scrape ID'],
  },
  {
    path: 'system action cleanup sessions',
    who: 'system',
    request: '{ session_id?: int }',
    response: '{ sessions_cleaned: int, sessions: [int], stokens: [text], workers: [int] }',
    typed: ['system cleanup sessions'],
  },
  {
    path: 'system action cleanup ctokens',
    who: 'system',
    request: '{ client_id?: text }',
    response: '{ ctokens_cleaned: int, ctokens: [text], stokens: [text], sessions: [int] }',
    typed: ['system cleanup ctokens'],
  },
  {
    path: 'system action cleanup stokens',
    who: 'system',
    request: '{ session_token?: text }',
    response: '{ stokens_cleaned: int, stokens: [text], sessions: [int] }',
    typed: ['system cleanup stokens'],
  },
  {
    path: 'system action cleanup workers',
    who: 'system',
    request: '{ worker_id?: int }',
    response: '{ workers_cleaned: int, workers: [int], worker_reserved: int | null }',
    typed: ['system cleanup workers'],
  },
  {
    path: 'system action cleanup accounts',
    who: 'system',
    request: '{}',
    response: '{ accounts_cleaned: int, accounts: [int] }',
    typed: ['system cleanup accounts'],
  },
  {
    path: 'system action start cleaner',
    who: 'system',
    request: '{ clean: "accounts" | "workers" | "sessions" | "ctokens" | "all" }',
    response: '{ cleaners: map of { active: bool, every_minutes: int } }',
    typed: ['system cleaner start'],
  },
  {
    path: 'system action stop cleaner',
    who: 'system',
    request: '{ clean: "accounts" | "workers" | "sessions" | "ctokens" | "all" }',
    response: '{ cleaners: map of { active: bool, every_minutes: int } }',
    typed: ['system cleaner stop'],
  },
  {
    path: 'system action view accounts',
    who: 'system',
    request: '{ limit?: int, cursor?: text }',
    response:
      '{ accounts: [{ id: int, name: text, email: text, state_name: "LoggedOut" | "LoggedIn", credits: int }], cursor: text | null }',
    typed: ['system accounts'],
  },
  {
    path: 'system action view acl',
    who: 'system',
    request: '{ account: text }',
    response: `{ account: text, acl: ${acl} }`,
    typed: ['system acl'],
  },
  {
    path: 'system action edit acl',
    who: 'system',
    request:
      '{ account: text, permission: "supply" | "transfer" | "pay" | "convert" | "clock" | "sheets" | "contacts" | "account", allow: bool }',
    response: `{ account: text, acl: ${acl} }`,
    typed: ['system acl'],
  },
  {
    path: 'system action view issues',
    who: 'system',
    request: '{ limit?: int, cursor?: text }',
    response:
      '{ issues: [{ id: int, timestamp: ts, source: text | null, contact: text | null, name: text, details: text, log: text | null }], cursor: text | null }',
    typed: ['system issues'],
  },
  {
    path: 'system action backup store',
    who: 'system',
    request: '{ path: text }',
    response: '{ path: text, seq: int }',
    typed: ['system backup'],
  },
  {
    path: 'system action verify store',
    who: 'system',
    request: '{}',
    response: '{ seq: int, entries: int, postings: int, wallets: int, clocks: int }',
    typed: ['system verify'],
  },
  {
    path: 'system action stop daemon',
    who: 'system',
    request: '{}',
    response: '{ stopping: true }',
    typed: ['daemon stop'],
  },
]

const records: Readonly<Record<SheetKind, string>> = {
  transfer:
    '{ id: int, transfer_sheet: int, reference: text, create_date: ts, write_date: ts, transfer_type: "supply" | "transfer" | "payment" | "incoming" | "refund", transfer_from: text, transfer_to: text, credits: int }',
  invoice:
    '{ id: int, invoice_sheet: int, reference: text, create_date: ts, write_date: ts, credits: int, currency: text, cost: num, seller: text, notes: text | null }',
  conversion:
    '{ id: int, conversion_sheet: int, reference: text, create_date: ts, write_date: ts, conversion_type: "credits2clock" | "clock2credits", minutes: num, credits: int }',
  time: timeData,
}

/** The rows of a kind of sheet, as the table words them with X. */
function sheetRows(kind: SheetKind): Row[] {
  const owner = kind === 'transfer' || kind === 'invoice' ? 'ewallet' : 'clock'
  const data = `{ id: int, ${owner}: int, reference: text, create_date: ts, write_date: ts, records: map of text }`
  const sheet = `{ ${kind}_sheet: int, sheet_data: ${data} }`
  const record = records[kind]
  const who = 'account: sheets'
  return [
    {
      path: `client action new ${kind} list`,
      who,
      request: '{ reference?: text }',
      response: sheet,
      typed: [`sheet ${kind} new`],
    },
    { path: `client action view ${kind} list`, who: 'account', request: '{}', response: sheet },
    {
      path: `client action view ${kind} records`,
      who: 'account',
      request: '{ from?: text, to?: text, limit?: int, cursor?: text }',
      response: `{ ${kind}_sheet: int, records: [${record}], cursor: text | null }`,
      typed: [`sheet ${kind}`],
    },
    {
      path: `client action switch ${kind}_sheet`,
      who,
      request: '{ sheet_id: int }',
      response: sheet,
      also: [`client action switch ${kind} list`],
      typed: [`sheet ${kind} use ID`],
    },
    {
      path: `client action view ${kind} record`,
      who: 'account',
      request: '{ record_id: int }',
      response: `{ ${kind}_sheet: int, ${kind}_record: int, record_data: ${record} }`,
      typed: [`sheet ${kind} show ID`],
    },
    {
      path: `client action unlink ${kind} record`,
      who,
      request: '{ record_id: int }',
      response: `{ ${kind}_sheet: int, ${kind}_record: int }`,
      typed: [`sheet ${kind} remove ID`],
    },
    {
      path: `client action unlink ${kind} list`,
      who,
      request: '{ list_id: int }',
      response: `{ ${kind}_sheet: int }`,
      typed: [`sheet ${kind} delete ID`],
    },
  ]
}

/** Everything the daemon can be told, written down apart from the catalogue, so that neither drifts without the other. */
export const rows: readonly Row[] = [
  ...table,
  ...(['transfer', 'invoice', 'conversion', 'time'] as const).flatMap(sheetRows),
]
