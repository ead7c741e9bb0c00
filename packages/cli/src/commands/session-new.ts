import type { SpecialCommand } from './command.ts'

/** Replaces the client id and the session of the context. */
export const sessionNew: SpecialCommand = {
  examples: ['ewallet session new'],
  async run(given) {
    const { clientId } = await given.link().renew()
    await given.answer('client action request client_id', { failed: false, client_id: clientId })
    return 0
  },
}
