import { declarationOf, type Path, usageOf } from '@ewallet/protocol'

/** Something fitting for each field that some instruction requires, ids aside. */
const samples: Record<string, unknown> = {
  account: 'bob@example.org',
  pay: 'bob@example.org',
  transfer_to: 'bob@example.org',
  credits: 1,
  minutes: 1,
  user_name: 'bob',
  user_pass: 'analytical-engine-2',
  user_email: 'bob@example.org',
  records: [{ time_start: '2026-01-05T08:00:00Z', time_stop: '2026-01-05T08:01:00Z' }],
  issue: { name: 'It hums', details: 'Softly.' },
  client_id: 'ewsm-uid:AAAAAAAAAAAAAAAAAAAA:1767603600',
  session_token: 'ewsm-st:AAAAAAAAAAAAAAAAAAAA:1767603600',
  permission: 'pay',
  allow: true,
  clean: 'all',
  in_port: 1,
  path: '/nowhere',
  identifier: 'ewallet_session',
}

/** Where one of several fields is required, the one that is named. */
function choiceOf(path: Path, id: number): Record<string, unknown> {
  if (path === 'client action login' || path === 'client action recover account')
    return { user_name: samples.user_name }
  if (path === 'client action revoke session') return { session_id: id }
  if (path === 'system action remove session_map') return { ewallet_session: id }
  return {}
}

/** Whether a field of some request names a thing by its id. */
export function isId(field: string): boolean {
  return (field.endsWith('_id') && field !== 'client_id') || field === 'contact_list'
}

/** The fields of a path's request that name a thing by its id. */
export function idFields(path: Path): string[] {
  return Object.entries(usageOf(path).fields)
    .filter(([, { type }]) => type === 'integer')
    .map(([field]) => field)
    .filter(isId)
}

/** A request that fits an instruction, with one id for every id it requires. */
export function aRequest(path: Path, id = 999): Record<string, unknown> {
  const { required } = usageOf(path)
  const request = choiceOf(path, id)
  for (const field of required) {
    if (!isId(field) && !Object.hasOwn(samples, field)) throw new Error(`There is no sample of ${field}, for ${path}.`)
    request[field] = isId(field) ? id : samples[field]
  }
  return request
}

/** Every instruction that only an account may say. */
export function isAccounts(path: Path): boolean {
  return declarationOf(path).access === 'account'
}
