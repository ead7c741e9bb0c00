import { connect, type SocketConstructor } from '@ewallet/protocol'
import { WebSocket } from 'ws'
import { medianOf } from '../figures.ts'
import { offer } from '../load.ts'
import { PASSWORD, saying, signUp } from '../people.ts'
import { aFolder, startDaemon } from '../process.ts'
import type { Figure, Section } from '../section.ts'
import { transfersAround } from './throughput.ts'

const LOGINS_A_SECOND = 20

/** Offers logins at a steady rate until told to stop; gives back how many were answered. */
async function offerLogins(url: string, emails: readonly string[]): Promise<() => Promise<number>> {
  const client = await connect(url, { WebSocket: WebSocket as unknown as SocketConstructor })
  const { client_id } = (await client.say('client action request client_id', {})) as { client_id: string }
  client.identify(client_id)
  const { session_token } = (await client.say('client action request session_token', { client_id })) as {
    session_token: string
  }
  client.identify(client_id, session_token)
  const logins: Promise<void>[] = []
  let answered = 0
  const logIn = async (user_email: string) => {
    const { failed } = await client.say('client action login', { user_email, user_pass: PASSWORD })
    if (!failed) answered += 1
  }
  const timer = setInterval(
    () => logins.push(logIn(emails[logins.length % emails.length] as string)),
    1_000 / LOGINS_A_SECOND,
  )
  return async () => {
    clearInterval(timer)
    const meanwhile = answered
    // Those that still wait go on for a moment, so that the next round begins in peace.
    await Promise.all(logins)
    client.close()
    return meanwhile
  }
}

/** What scrypt does to everybody else: p99 of reads and transfers while people log in, beside without. */
export const login: Section = {
  name: 'login',
  async measure({ rounds, forMs }, say) {
    const daemon = await startDaemon(aFolder('login'))
    const people = await signUp(daemon.url, ['a', 'b', 'c', 'd'], 10_000_000)
    const [first] = people
    if (!first) throw new Error('Nobody signed up.')
    const loads = {
      transfers: transfersAround(people),
      reads: people.map((p) => saying(p, 'client action view credit ewallet', {})),
    }
    const took: Record<string, number[]> = {}
    const answered: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      say(`round ${round} of ${rounds}`)
      for (const [what, says] of Object.entries(loads)) {
        for (const isBusy of [false, true]) {
          const stop = isBusy
            ? await offerLogins(
                daemon.url,
                people.map(({ email }) => email),
              )
            : undefined
          const { latency } = await offer({ url: daemon.url, says, inFlight: 1, forMs })
          if (stop) answered.push((await stop()) / ((forMs * 1.25) / 1_000))
          const key = `${what}${isBusy ? ' busy' : ''}`
          took[key] = [...(took[key] ?? []), latency.p99]
        }
      }
    }
    for (const { client } of people) client.close()
    await daemon.stop()
    const p99 = (what: string) => medianOf(took[what] ?? [])
    return [
      { what: 'logins answered meanwhile', value: medianOf(answered), unit: '/s' },
      ...['transfers', 'reads'].map(
        (what): Figure => ({
          what: `p99 of ${what} while ${LOGINS_A_SECOND} a second log in`,
          value: p99(`${what} busy`),
          unit: 'ms',
          baseline: { what: 'without logins', value: p99(what) },
          target: { atMost: 2 },
        }),
      ),
    ]
  },
}
