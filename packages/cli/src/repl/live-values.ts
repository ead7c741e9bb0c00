import { isRefusal, type Path, type Request } from '@ewallet/protocol'
import type { LiveValues } from '../complete.ts'
import { fieldsOf } from '../fields.ts'
import type { Word } from '../words.ts'
import type { Speaker } from './timer.ts'

/** Where values come from that only the daemon knows. */
interface Source {
  path: Path
  request: object
  values(answer: never): string[]
}

function source<Answer>(path: Path, request: object, values: (answer: Answer) => string[]): Source {
  return { path, request, values }
}

type Rows = readonly { id: number }[]
type Archive = Readonly<Record<string, string>>

const ids = (rows: Rows) => rows.map(({ id }) => String(id))
const LISTED = 100

const people = source<{ records: readonly { name: string; email: string | null }[] }>(
  'client action view contact records',
  { limit: LISTED },
  ({ records }) => records.flatMap(({ name, email }) => [`@${name}`, ...(email === null ? [] : [email])]),
)
const records = (path: Path) => source<{ records: Rows }>(path, { limit: LISTED }, ({ records: rows }) => ids(rows))
const ofWallet = (key: 'transfer_sheet_archive' | 'invoice_sheet_archive') =>
  source<{ ewallet_data: Record<typeof key, Archive> }>('client action view credit ewallet', {}, ({ ewallet_data }) =>
    Object.keys(ewallet_data[key]),
  )
const ofClock = (key: 'time_sheet_archive' | 'conversion_sheet_archive') =>
  source<{ clock_data: Record<typeof key, Archive> }>('client action view credit clock', {}, ({ clock_data }) =>
    Object.keys(clock_data[key]),
  )

const sheets: Readonly<Record<string, Source>> = {
  transfer: ofWallet('transfer_sheet_archive'),
  invoice: ofWallet('invoice_sheet_archive'),
  conversion: ofClock('conversion_sheet_archive'),
  time: ofClock('time_sheet_archive'),
}

const sheetRecords: Readonly<Record<string, Source>> = {
  transfer: records('client action view transfer records'),
  invoice: records('client action view invoice records'),
  conversion: records('client action view conversion records'),
  time: records('client action view time records'),
}

const contactLists = source<{ account_data: { contact_list_archive: Archive } }>(
  'client action view account',
  {},
  ({ account_data }) => Object.keys(account_data.contact_list_archive),
)

const byField: Readonly<Record<string, (path: Path) => Source | undefined>> = {
  pay: () => people,
  transfer_to: () => people,
  account: (path) =>
    path === 'client action switch account'
      ? source<{ session_data: { session_account_archive: Archive } }>(
          'client action view session',
          {},
          ({ session_data }) => Object.values(session_data.session_account_archive),
        )
      : undefined,
  ewallet_id: () =>
    source<{ ewallets: Rows }>('client action view credit ewallets', {}, ({ ewallets }) => ids(ewallets)),
  clock_id: () => source<{ clocks: Rows }>('client action view credit clocks', {}, ({ clocks }) => ids(clocks)),
  session_id: (path) =>
    path === 'client action revoke session'
      ? source<{ sessions: Rows }>('client action view sessions', {}, ({ sessions }) => ids(sessions))
      : undefined,
  contact_list: () => contactLists,
  sheet_id: (path) => sheets[kindOf(path)],
  list_id: (path) => (path.includes('contact') ? contactLists : sheets[kindOf(path)]),
  record_id: (path) =>
    path.includes('contact') ? records('client action view contact records') : sheetRecords[kindOf(path)],
}

function kindOf(path: Path): string {
  return Object.keys(sheets).find((kind) => path.includes(kind)) ?? ''
}

/** What the daemon has to be asked before it is known which values may stand somewhere. */
function sourceOf(word: Word, flag?: string, position?: number): Source | undefined {
  for (const path of word.paths) {
    const fields = fieldsOf(path)
    const field = flag
      ? fields.find(({ label, position: isPosition }) => !isPosition && `--${label}` === flag)
      : fields.filter(({ position: isPosition }) => isPosition)[position ?? 0]
    const found = field && byField[field.name]?.(path)
    if (found) return found
  }
  return undefined
}

/** Values for what is asked while a line is completed: the daemon is asked once for each, at most so many milliseconds. */
export async function withLiveValues<Found>(
  speaker: Speaker | undefined,
  patienceMs: number,
  complete: (live: LiveValues) => Promise<Found>,
): Promise<Found> {
  const wanted = new Set<Source>()
  const found = await complete(({ word, flag, position }) => {
    const asked = sourceOf(word, flag, position)
    if (asked) wanted.add(asked)
    return []
  })
  if (wanted.size === 0 || !speaker) return found
  const values = new Map<Path, string[]>()
  await within(
    patienceMs,
    Promise.all(
      [...wanted].map(async ({ path, request, values: valuesIn }) => {
        const answer = await speaker.say(path, request as Request<Path>)
        if (!isRefusal(answer)) values.set(path, valuesIn(answer as never))
      }),
    ),
  )
  return complete(({ word, flag, position }) => {
    const asked = sourceOf(word, flag, position)
    return (asked && values.get(asked.path)) ?? []
  })
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  // What cannot be asked is not offered.
  await Promise.race([work.catch(() => {}), waited])
  clearTimeout(timer)
}
