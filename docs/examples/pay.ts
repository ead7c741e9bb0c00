import { connect, isRefusal } from '@ewallet/protocol'
import { WebSocket } from 'ws'

/** Pays 5 credits as somebody who knows a password, and waits until the payee has heard of it. */
export async function payFive(
  url: string,
  payer: { email: string; password: string },
  payee: { email: string; password: string },
): Promise<string> {
  const paying = await open(url, payer)
  const hearing = await open(url, payee)

  const heard = new Promise<string>((resolve) => {
    // Comes back by itself after a lost connection, and goes on from the last event heard.
    void hearing.subscribe(undefined, ({ event, data }) => {
      if (event === 'payment.received') resolve(`${payee.email} heard of ${data.credits} credits from ${data.from}.`)
    })
  })
  // With a key it is said again after a lost connection, and done once.
  const idempotencyKey = crypto.randomUUID()
  const paid = await paying.say('client action pay', { pay: payee.email, credits: 5 }, { idempotencyKey })
  if (isRefusal(paid)) throw new Error(`${paid.code}: ${paid.error}`)

  const sentence = await heard
  paying.close()
  hearing.close()
  return sentence
}

/** A connection on which somebody is logged in. */
async function open(url: string, { email, password }: { email: string; password: string }) {
  const client = await connect(url, { WebSocket, timestamps: 'iso', reconnectMs: 60_000 })
  const known = await client.say('client action request client_id', {})
  if (isRefusal(known)) throw new Error(known.error)
  const token = await client.say('client action request session_token', { client_id: known.client_id })
  if (isRefusal(token)) throw new Error(token.error)
  client.identify(known.client_id, token.session_token)
  const login = await client.say('client action login', { user_email: email, user_pass: password })
  if (isRefusal(login)) throw new Error(`${login.code}: ${login.error}`)
  return client
}
