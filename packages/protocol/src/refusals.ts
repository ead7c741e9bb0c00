/** How a refusal ends a command line; the numbers are those of terminal.md. */
export const exitCodes = {
  fault: 1,
  usage: 2,
  no: 3,
  login: 4,
  missing: 5,
  unreachable: 6,
  rule: 7,
  conflict: 8,
  permission: 9,
  version: 10,
  input: 11,
} as const

export type Exit = keyof typeof exitCodes

interface Sentence {
  /** What is so. */
  error: string
  /** What was not done, or what to do next. */
  warning: string | null
  exit: Exit
  /** The HTTP status of the answer. */
  status: number
}

const says = (exit: Exit, status: number, error: string, warning: string | null = null): Sentence => ({
  error,
  warning,
  exit,
  status,
})

/** Every way the daemon says no, and the sentence a person reads. */
export const refusals = {
  unknown_instruction: says('usage', 404, 'There is no such instruction.', 'See the list with: ewallet help.'),
  malformed_request: says('usage', 400, 'The request does not fit the instruction.', 'Nothing was done.'),
  system_is_local: says(
    'permission',
    403,
    'System instructions are heard on the local admin channel only.',
    'Nothing was done.',
  ),
  client_id_invalid: says('login', 401, 'The client id is missing, unknown or expired.', 'Request another.'),
  client_already_linked: says(
    'conflict',
    409,
    'The client id already holds a session token.',
    'The token it holds stays good.',
  ),
  session_token_invalid: says(
    'login',
    401,
    'The session token is missing, unknown, expired, or belongs to another client id.',
    'Request another, and log in.',
  ),
  not_logged_in: says('login', 401, 'Nobody is logged in on this session.', 'Log in first: ewallet login.'),
  other_account_active: says(
    'conflict',
    409,
    'Another account is active on this session.',
    'Nothing was done. Switch with: ewallet account use EMAIL.',
  ),
  permission_denied: says('permission', 403, 'The account may not do that.', 'Ask whoever runs the daemon.'),
  account_leaving: says(
    'conflict',
    409,
    'The account is ordered to be deleted; it can only view, log out and recover.',
    'Cancel the deletion with: ewallet account recover.',
  ),
  idempotency_not_supported: says('usage', 400, 'This instruction takes no idempotency key.', 'Nothing was done.'),
  idempotency_conflict: says('conflict', 409, 'The idempotency key was used for another request.', 'Nothing was done.'),
  dry_run_not_supported: says('usage', 400, 'This instruction has no dry run.', 'Nothing was done.'),
  too_many_attempts: says('rule', 429, 'Too many wrong passwords.', 'Wait, then try again.'),
  too_many_requests: says('rule', 429, 'Too many requests in too short a time.', 'Wait, then try again.'),
  too_many_sessions: says(
    'rule',
    429,
    'The account is logged in on as many sessions as it may be.',
    'Log out elsewhere, or end one with: ewallet session revoke.',
  ),
  too_busy: says('rule', 503, 'The daemon has too much to do.', 'Nothing was done; try again shortly.'),
  server_full: says('rule', 503, 'Every worker is full.', 'Try again later.'),
  pipeline_broken: says(
    'conflict',
    424,
    'A request before it in its pipeline was refused.',
    'Nothing was done. Say it again in the next pipeline.',
  ),
  store_unavailable: says(
    'unreachable',
    503,
    'The store cannot be written; the outcome of what was open is unknown.',
    'Retry only with the same idempotency key, after the daemon was restarted.',
  ),
  shutting_down: says('unreachable', 503, 'The daemon is stopping.', 'Nothing was done; it is safe to try again.'),
  daemon_fault: says('fault', 500, 'Something broke inside the daemon.', 'It was logged there.'),

  login_failed: says('login', 401, 'The name or the password is wrong.', 'Nobody was logged in.'),
  wrong_password: says('login', 401, 'The current password is missing or wrong.', 'Nothing was changed.'),
  account_not_found: says('missing', 404, 'There is no such account.', 'Nothing was done.'),
  account_still_holds_credits: says(
    'conflict',
    409,
    'The account still holds credits or minutes.',
    'Say forfeit to give them up.',
  ),
  account_stays: says('conflict', 409, 'The account is not ordered to be deleted.', 'There is nothing to recover.'),
  name_taken: says('conflict', 409, 'Another account has that name.', 'Choose another name.'),
  email_taken: says('conflict', 409, 'Another account has that email.', 'Choose another email.'),
  password_too_weak: says(
    'rule',
    422,
    'A password has 8 to 256 characters, among them a letter, a digit and a symbol.',
    'Choose another password.',
  ),
  password_used_before: says('rule', 422, 'That is one of the last 5 passwords.', 'Choose another password.'),
  license_unknown: says('missing', 404, 'There is no such version of the licence.', 'See: ewallet license.'),
  nothing_to_edit: says('usage', 400, 'No field to edit was named.', 'Nothing was changed.'),

  insufficient_credits: says('rule', 422, 'The wallet holds fewer credits than that.', 'No credits were moved.'),
  insufficient_minutes: says('rule', 422, 'The clock holds fewer minutes than that.', 'Convert credits first.'),
  partner_is_self: says('rule', 422, 'Credits cannot go to the account they come from.', 'No credits were moved.'),
  balance_too_large: says('rule', 422, 'The balance would grow too large.', 'Nothing was moved.'),
  not_refundable: says('rule', 422, 'Only a received transfer or payment can be refunded.', 'No credits were moved.'),
  refund_too_large: says('rule', 422, 'Less than that is left to refund.', 'No credits were moved.'),

  ewallet_not_found: says('missing', 404, 'There is no such wallet.', 'Nothing was done.'),
  clock_not_found: says('missing', 404, 'There is no such clock.', 'Nothing was done.'),
  sheet_not_found: says('missing', 404, 'There is no such sheet.', 'Nothing was done.'),
  record_not_found: says('missing', 404, 'There is no such record.', 'Nothing was done.'),
  still_active: says('conflict', 409, 'It is the active one.', 'Switch to another first.'),
  wallet_not_empty: says(
    'conflict',
    409,
    'The wallet, or a clock of it, still holds a balance.',
    'Nothing was deleted.',
  ),
  clock_not_empty: says('conflict', 409, 'The clock still holds minutes.', 'Nothing was deleted.'),
  clock_in_use: says('conflict', 409, "The clock's timer is not inactive.", 'Stop it first: ewallet clock stop.'),
  clock_already_running: says('conflict', 409, 'The timer is already running.', 'Nothing was changed.'),
  clock_not_running: says('conflict', 409, 'No timer is running.', 'Start one with: ewallet clock start.'),
  clock_paused: says('conflict', 409, 'The timer is paused.', 'Resume it with: ewallet clock resume.'),
  clock_not_paused: says('conflict', 409, 'The timer is not paused.', 'Nothing was changed.'),
  time_overlap: says('input', 422, 'The time overlaps another record.', 'No record was imported.'),
  time_in_future: says('input', 422, 'The time is not over yet, or ends before it starts.', 'No record was imported.'),

  contact_list_not_found: says('missing', 404, 'There is no such contact list.', 'Nothing was done.'),
  contact_not_found: says('missing', 404, 'There is no such contact, or it has no email.', 'Nothing was done.'),
  contact_ambiguous: says('conflict', 409, 'Several contacts go by that name.', 'Use the email.'),

  cursor_too_old: says('conflict', 410, 'The events after that cursor are no longer kept.', 'Start from the oldest.'),
  subscription_needs_websocket: says(
    'usage',
    400,
    'Events are pushed over a WebSocket only.',
    'Read them with: view events.',
  ),
  issue_too_large: says('rule', 413, 'The report is too large.', 'Nothing was stored.'),

  session_not_found: says('missing', 404, 'There is no such session.', 'Nothing was done.'),
  client_id_not_found: says('missing', 404, 'There is no such client id.', 'Nothing was done.'),
  session_token_not_found: says('missing', 404, 'There is no such session token.', 'Nothing was done.'),
  worker_not_found: says('missing', 404, 'There is no such worker.', 'Nothing was done.'),
  worker_full: says('rule', 409, 'The worker is full.', 'Nothing was done.'),
  worker_in_use: says('conflict', 409, 'The worker still holds sessions.', 'Nothing was done.'),
  listener_not_found: says('missing', 404, 'No socket opened this way has that port.', 'Nothing was closed.'),
  port_unavailable: says('conflict', 409, 'The port cannot be opened.', 'Choose another port.'),
  host_not_permitted: says(
    'permission',
    403,
    'Only a loopback address may be opened without TLS.',
    'Give the daemon a certificate, or EWALLET_INSECURE.',
  ),
  path_unavailable: says('input', 422, 'The folder cannot be used.', 'Name an empty or new folder.'),
  store_damaged: says('fault', 500, 'The store does not agree with itself.', 'Keep it as it is, and restore a backup.'),
  store_not_kept: says(
    'conflict',
    409,
    'This store is not kept in files of its own.',
    'Back a database up with pg_dump --serializable-deferrable; what is only in memory cannot be backed up or verified.',
  ),
} as const satisfies Record<string, Sentence>

export type RefusalCode = keyof typeof refusals

/** Figures and names that make a refusal precise; never a secret. */
export type Details = Record<string, unknown>

/** An answer that says no; the caller can cause it, so it is a value. */
export interface Refusal<Code extends RefusalCode = RefusalCode> {
  readonly failed: true
  readonly code: Code
  readonly error: string
  readonly warning: string | null
  readonly details?: Details
}

/** Says no. `error` replaces the sentence of the code where a more precise one helps. */
export function refuse<Code extends RefusalCode>(code: Code, details?: Details, error?: string): Refusal<Code> {
  const sentence = refusals[code]
  const base = { failed: true, code, error: error ?? sentence.error, warning: sentence.warning } as const
  return details === undefined ? base : { ...base, details }
}

/** Whether an answer says no. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { failed?: unknown }).failed === true
}

/** What any instruction of some access may answer besides what it declares; dispatch decides these. */
export const commonRefusals = [
  'malformed_request',
  'system_is_local',
  'client_id_invalid',
  'session_token_invalid',
  'not_logged_in',
  'other_account_active',
  'permission_denied',
  'account_leaving',
  'idempotency_not_supported',
  'idempotency_conflict',
  'dry_run_not_supported',
  'too_many_requests',
  'too_busy',
  'pipeline_broken',
  'store_unavailable',
  'shutting_down',
  'daemon_fault',
] as const satisfies readonly RefusalCode[]
