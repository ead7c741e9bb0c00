import * as z from 'zod/mini'
import { clientId, count, eventCursor, flag, freeText, id, limit, nothing, sessionToken, timestamp } from '../fields.ts'
import { instruction } from '../instruction.ts'

const tokenData = z.strictObject({
  label: z.string(),
  create_date: timestamp,
  write_date: timestamp,
  valid_to: timestamp,
  active: z.boolean(),
})

const timeUnit = z.literal('minutes')

/** Who is active on a session; nulls where nobody is. */
export const sessionData = z.strictObject({
  session_user_account: z.nullable(z.string()),
  session_credit_ewallet: z.nullable(id),
  session_contact_list: z.nullable(id),
  session_account_archive: z.record(z.string(), z.string()),
})

const aboutClient = z.strictObject({ client_id: clientId })
const aboutClientAndToken = z.strictObject({ client_id: clientId, session_token: z.optional(sessionToken) })
const aboutToken = z.strictObject({ session_token: sessionToken })

const validity = { valid: z.boolean(), registered: z.boolean(), expired: z.boolean() }

export const sessionInstructions = {
  'client action request client_id': instruction({
    summary: 'Get a client id.',
    says: 'session new',
    access: 'anyone',
    changes: false,
    request: nothing,
    response: z.strictObject({ client_id: clientId }),
    refusals: ['too_many_requests'],
  }),
  'client action request session_token': instruction({
    summary: 'Get a session token for a client id.',
    access: 'client',
    changes: true,
    request: aboutClient,
    response: z.strictObject({ session_token: sessionToken }),
    refusals: ['client_already_linked', 'server_full', 'too_many_requests'],
  }),
  'client action verify ctoken validity': instruction({
    summary: 'Tell whether a client id is valid.',
    says: 'session verify',
    access: 'anyone',
    changes: false,
    request: aboutClient,
    response: z.strictObject({ client_id: clientId, ...validity }),
    refusals: [],
  }),
  'client action verify ctoken linked': instruction({
    summary: 'Tell whether a client id holds a session token.',
    access: 'anyone',
    changes: false,
    request: aboutClientAndToken,
    response: z.strictObject({
      client_id: clientId,
      linked: z.boolean(),
      session_token: z.nullable(sessionToken),
    }),
    refusals: [],
  }),
  'client action verify ctoken session': instruction({
    summary: 'Tell whether a client id has a session.',
    access: 'anyone',
    changes: false,
    request: aboutClient,
    response: z.strictObject({ client_id: clientId, plugged: z.boolean(), session: z.nullable(id) }),
    refusals: [],
  }),
  'client action verify ctoken status': instruction({
    summary: 'Tell all there is to tell about a client id.',
    says: 'session show',
    access: 'anyone',
    changes: false,
    request: aboutClientAndToken,
    response: z.strictObject({
      client_id: clientId,
      valid: z.boolean(),
      linked: z.boolean(),
      plugged: z.boolean(),
      session_token: z.nullable(sessionToken),
      session: z.nullable(id),
    }),
    refusals: [],
  }),
  'client action verify stoken validity': instruction({
    summary: 'Tell whether a session token is valid.',
    access: 'anyone',
    changes: false,
    request: aboutToken,
    response: z.strictObject({ session_token: sessionToken, ...validity }),
    refusals: [],
  }),
  'client action verify stoken linked': instruction({
    summary: 'Tell whether a session token belongs to a client id.',
    access: 'anyone',
    changes: false,
    request: z.strictObject({ session_token: sessionToken, client_id: z.optional(clientId) }),
    response: z.strictObject({
      session_token: sessionToken,
      linked: z.boolean(),
      client_id: z.nullable(clientId),
    }),
    refusals: [],
  }),
  'client action verify stoken session': instruction({
    summary: 'Tell whether a session token has a session.',
    access: 'anyone',
    changes: false,
    request: aboutToken,
    response: z.strictObject({ session_token: sessionToken, plugged: z.boolean(), session: z.nullable(id) }),
    refusals: [],
  }),
  'client action verify stoken status': instruction({
    summary: 'Tell all there is to tell about a session token.',
    access: 'anyone',
    changes: false,
    request: z.strictObject({ session_token: sessionToken, client_id: z.optional(clientId) }),
    response: z.strictObject({
      session_token: sessionToken,
      valid: z.boolean(),
      linked: z.boolean(),
      plugged: z.boolean(),
      client_id: z.nullable(clientId),
      session: z.nullable(id),
    }),
    refusals: [],
  }),
  'client action alive ctoken': instruction({
    summary: 'Extend the client id by its whole lifetime.',
    access: 'session',
    changes: true,
    request: nothing,
    response: z.strictObject({ ctoken: clientId, extended: count, time_unit: timeUnit, ctoken_data: tokenData }),
    refusals: [],
  }),
  'client action alive stoken': instruction({
    summary: 'Extend the session token by its whole lifetime.',
    says: 'session keep-alive',
    access: 'session',
    changes: true,
    request: nothing,
    response: z.strictObject({
      stoken: sessionToken,
      extended: count,
      time_unit: timeUnit,
      stoken_data: tokenData,
    }),
    refusals: [],
  }),
  'client action view session': instruction({
    summary: 'Show who is logged in on this session.',
    says: 'session',
    access: 'session',
    changes: false,
    request: nothing,
    response: z.strictObject({ session_data: sessionData, valid_to: timestamp }),
    refusals: [],
  }),
  'client action view sessions': instruction({
    summary: 'List the sessions the account is logged in on.',
    says: 'session list',
    access: 'account',
    changes: false,
    request: nothing,
    response: z.strictObject({
      sessions: z.array(
        z.strictObject({
          id,
          created: timestamp,
          last_used: timestamp,
          valid_to: timestamp,
          address: z.nullable(freeText),
          current: z.boolean(),
        }),
      ),
    }),
    refusals: [],
  }),
  'client action revoke session': instruction({
    summary: 'End another session of the account, or all others.',
    says: 'session revoke',
    args: ['session_id'],
    examples: ['ewallet session revoke --all'],
    access: 'account',
    changes: true,
    request: z.strictObject({ session_id: z.optional(id), all: z.optional(flag) }).check(
      z.refine((request) => (request.session_id === undefined) === (request.all === true), {
        error: 'session_id or all, one of them',
      }),
    ),
    response: z.strictObject({ sessions_revoked: count }),
    refusals: ['session_not_found'],
  }),
}

const pushed = z.record(z.string(), z.unknown())

export const eventsInstructions = {
  'client action subscribe events': instruction({
    summary: 'Have events pushed on this connection, from a cursor on.',
    access: 'account',
    changes: false,
    request: z.strictObject({ from: z.optional(eventCursor) }),
    response: z.strictObject({ cursor: eventCursor }),
    refusals: ['cursor_too_old', 'subscription_needs_websocket'],
  }),
  'client action unsubscribe events': instruction({
    summary: 'Have no more events pushed on this connection.',
    access: 'account',
    changes: false,
    request: nothing,
    response: z.strictObject({ cursor: eventCursor }),
    refusals: [],
  }),
  'client action view events': instruction({
    summary: 'List what happened to the account, oldest first, from a cursor on.',
    says: 'events',
    access: 'account',
    changes: false,
    request: z.strictObject({ from: z.optional(eventCursor), limit: z.optional(limit) }),
    response: z.strictObject({
      events: z.array(z.strictObject({ event: z.string(), cursor: eventCursor, at: timestamp, data: pushed })),
      cursor: eventCursor,
    }),
    refusals: ['cursor_too_old'],
  }),
}
