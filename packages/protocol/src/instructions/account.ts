import * as z from 'zod/mini'
import { archive, email, flag, freeText, id, nothing, secret, timestamp, userName } from '../fields.ts'
import { instruction, permissions } from '../instruction.ts'
import { sessionData } from './session.ts'

export const accountData = z.strictObject({
  id,
  name: z.string(),
  create_date: timestamp,
  write_date: timestamp,
  ewallet: id,
  contact_list: id,
  email: z.string(),
  phone: z.nullable(z.string()),
  alias: z.nullable(z.string()),
  state_code: z.literal([0, 1]),
  state_name: z.literal(['LoggedOut', 'LoggedIn']),
  ewallet_archive: archive,
  contact_list_archive: archive,
})

export const acl = z.strictObject(
  Object.fromEntries(permissions.map((permission) => [permission, z.literal(['allow', 'deny'])])) as Record<
    (typeof permissions)[number],
    z.ZodMiniLiteral<'allow' | 'deny'>
  >,
)

/** A person named by user name or by email, with the password. */
const credentials = z
  .strictObject({ user_name: z.optional(z.string()), user_email: z.optional(z.string()), user_pass: secret })
  .check(
    z.refine((request) => (request.user_name === undefined) !== (request.user_email === undefined), {
      error: 'user_name or user_email, one of them',
    }),
  )

export const accountInstructions = {
  'client action new account': instruction({
    summary: 'Open an account.',
    access: 'session',
    changes: true,
    request: z.strictObject({
      user_name: userName,
      user_pass: secret,
      user_email: email,
      user_phone: z.optional(freeText),
      user_alias: z.optional(freeText),
      license: z.optional(freeText),
    }),
    response: z.strictObject({ account: z.string(), account_data: accountData }),
    refusals: ['name_taken', 'email_taken', 'password_too_weak', 'license_unknown', 'too_many_requests'],
  }),
  'client action login': instruction({
    summary: 'Log an account in on this session and make it active.',
    access: 'session',
    changes: true,
    request: credentials,
    response: z.strictObject({ account: z.string(), session_data: sessionData }),
    refusals: ['login_failed', 'too_many_attempts', 'too_many_sessions'],
  }),
  'client action logout': instruction({
    summary: 'Log the active account out; the most recently active one left becomes active.',
    access: 'account',
    changes: true,
    request: nothing,
    response: z.strictObject({ account: z.string(), session_data: sessionData }),
    refusals: [],
  }),
  'client action switch account': instruction({
    summary: 'Make another account that is logged in here the active one.',
    says: 'account use',
    args: ['account'],
    examples: ['ewallet account use ada@example.org'],
    access: 'session',
    changes: true,
    request: z.strictObject({ account: email }),
    response: z.strictObject({ account: z.string(), session_data: sessionData }),
    refusals: ['account_not_found'],
  }),
  'client action view account': instruction({
    summary: 'Show the active account.',
    says: ['account', 'account show', 'whoami'],
    access: 'account',
    changes: false,
    request: nothing,
    response: z.strictObject({ account: z.string(), account_data: accountData }),
    refusals: [],
  }),
  'client action edit account': instruction({
    summary: "Change the account's name, email, phone, alias or password.",
    says: 'account edit',
    flags: { user_name: 'name', user_email: 'email', user_phone: 'phone', user_alias: 'alias' },
    examples: ['ewallet account edit --alias Countess'],
    access: 'account',
    permission: 'account',
    changes: true,
    request: z.strictObject({
      user_name: z.optional(userName),
      user_pass: z.optional(secret),
      user_alias: z.optional(freeText),
      user_email: z.optional(email),
      user_phone: z.optional(freeText),
      current_pass: z.optional(secret),
    }),
    response: z.strictObject({
      account: z.string(),
      edit: z.strictObject({ name: flag, pass: flag, alias: flag, email: flag, phone: flag }),
      account_data: accountData,
    }),
    refusals: [
      'nothing_to_edit',
      'wrong_password',
      'too_many_attempts',
      'name_taken',
      'email_taken',
      'password_too_weak',
      'password_used_before',
    ],
  }),
  'client action unlink account': instruction({
    summary: 'Order the account to be deleted in 30 days.',
    says: 'account delete',
    examples: ['ewallet account delete --forfeit --dry-run'],
    access: 'account',
    permission: 'account',
    changes: true,
    request: z.strictObject({ forfeit: z.optional(flag) }),
    response: z.strictObject({ account: z.string() }),
    refusals: ['account_still_holds_credits'],
  }),
  'client action recover account': instruction({
    summary: 'Cancel the deletion of an account and log it in.',
    access: 'session',
    changes: true,
    request: credentials,
    response: z.strictObject({ account: z.string(), account_data: accountData, session_data: sessionData }),
    refusals: ['login_failed', 'too_many_attempts', 'too_many_sessions', 'account_stays'],
  }),
  'client action view login': instruction({
    summary: 'List when the account logged in.',
    says: 'account logins',
    access: 'account',
    changes: false,
    request: nothing,
    response: z.strictObject({ account: z.string(), login_records: z.record(z.string(), timestamp) }),
    refusals: [],
  }),
  'client action view logout': instruction({
    summary: 'List when the account logged out.',
    says: 'account logouts',
    access: 'account',
    changes: false,
    request: nothing,
    response: z.strictObject({ account: z.string(), logout_records: z.record(z.string(), timestamp) }),
    refusals: [],
  }),
  'client action view acl': instruction({
    summary: 'Show what the account may do.',
    says: 'account permissions',
    access: 'account',
    changes: false,
    request: nothing,
    response: z.strictObject({ account: z.string(), acl }),
    refusals: [],
  }),
}
