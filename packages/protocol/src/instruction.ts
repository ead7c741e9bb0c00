import type * as z from 'zod/mini'
import type { RefusalCode } from './refusals.ts'

/**
 * Who may say an instruction: `anyone`; a `client` with a valid client id; a `session` (client id and its token); an `account`
 * logged in and active on its session; the `system` operator, over the local admin channel only.
 */
export type Access = 'anyone' | 'client' | 'session' | 'account' | 'system'

/** What an account may be denied (decisions.md, Accounts). */
export const permissions = ['supply', 'transfer', 'pay', 'convert', 'clock', 'sheets', 'contacts', 'account'] as const
export type Permission = (typeof permissions)[number]

/** Any schema of a request or a response. */
export type AnyObject = z.ZodMiniObject

/** The shape every declaration has, whatever its literal types. */
export interface Declared {
  /** One sentence for help and docs. */
  summary: string
  /** The words typed in a terminal, noun first; several when there are several ways to say it. */
  says?: string | readonly string[]
  /** A field whose flag has another name. */
  flags?: Readonly<Record<string, string | undefined>>
  /** Fields typed by position, in order. */
  args?: readonly string[]
  /** A line or two as a person types them, for the help. */
  examples?: readonly string[]
  access: Access
  /** Needed besides the access; viewing, login, logout and recover need none. */
  permission?: Permission
  /** Whether it may change what is stored; only such an instruction takes an idempotency key or a dry run. */
  changes: boolean
  /** Other chains meaning the same; a step whose key is not the word before it is written `key:word`. */
  also?: readonly string[]
  /** Other names for a field: the name on the wire to the field meant. */
  synonyms?: Readonly<Record<string, string>>
  request: AnyObject
  response: AnyObject
  refusals: readonly RefusalCode[]
}

/** Declares one instruction; only keeps the literal types, does nothing else. */
export function instruction<
  Request extends AnyObject,
  Response extends AnyObject,
  const Who extends Access,
  const Code extends RefusalCode,
>(declaration: {
  summary: string
  says?: string | readonly string[]
  flags?: { readonly [Field in keyof z.output<Request>]?: string }
  args?: readonly (keyof z.output<Request> & string)[]
  examples?: readonly string[]
  access: Who
  permission?: Permission
  changes: boolean
  also?: readonly string[]
  synonyms?: Readonly<Record<string, keyof z.output<Request> & string>>
  request: Request
  response: Response
  refusals: readonly Code[]
}) {
  return declaration
}
