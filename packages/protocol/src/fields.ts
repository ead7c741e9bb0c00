import * as z from 'zod/mini'

/** The most credits one request may name (decisions.md, Money). */
export const CREDITS_MAX = 1_000_000_000
/** The most records one page holds. */
export const PAGE_MAX = 1_000

/** Credits in a request. */
export const credits = z.int().check(z.gte(1), z.lte(CREDITS_MAX), z.describe('a whole number from 1 to 1,000,000,000'))

/** Whole minutes in a request. */
export const wholeMinutes = z
  .int()
  .check(z.gte(1), z.lte(CREDITS_MAX), z.describe('a whole number from 1 to 1,000,000,000'))

/** Credits in an answer; SystemCore's may be negative. */
export const creditBalance = z.int()

/** Minutes in an answer, rounded half up to two decimals. */
export const minutes = z.number()

/** Whole milliseconds in an answer. */
export const milliseconds = z.int()

export const id = z.int().check(z.gte(1), z.describe('an id: a whole number from 1'))

/** A count of things in an answer. */
export const count = z.int().check(z.gte(0))

const emailPattern =
  /^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.&/=?^~!#$%*{}|]{0,63}[A-Za-z0-9_+\-&/=?^~!#$%*{}|]@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/

export const email = z
  .string()
  .check(z.maxLength(254), z.regex(emailPattern), z.describe('an email address, as ada@example.org'))

/** Whom to reach: an email, or `@name` for a contact of the active list (instructions.md, contacts). */
export const partner = z.string().check(
  z.maxLength(254),
  z.refine((text: string) => emailPattern.test(text) || /^@\S/.test(text)),
  z.describe('an email address, or @name for a contact'),
)

export const userName = z.string().check(
  z.regex(/^[\p{L}\p{Nd} ._-]{1,64}$/u),
  z.refine((text: string) => text.trim() === text),
  z.describe('a name of 1 to 64 letters, digits, spaces, dots, underscores or hyphens'),
)

/**
 * A password: asked for without echo, never a flag, never logged. What is strong enough counts characters as people do, so a
 * longer text may come this far: one character can be typed as several.
 */
export const secret = z
  .string()
  .check(z.minLength(1), z.maxLength(1_024), z.meta({ description: 'a password of 8 to 256 characters', secret: true }))

export const clientId = z.string().check(z.maxLength(64), z.describe('a client id, as ewsm-uid:…:…'))
export const sessionToken = z
  .string()
  .check(z.maxLength(64), z.meta({ description: 'a session token, as ewsm-st:…:…', secret: true }))

export const notes = z.string().check(z.maxLength(2_000), z.describe('a text of at most 2,000 characters'))
export const reference = z.string().check(z.minLength(1), z.maxLength(200), z.describe('a text of 1 to 200 characters'))
export const freeText = z.string().check(z.maxLength(200), z.describe('a text of at most 200 characters'))

/** A timestamp in an answer: `DD-MM-YYYY HH:MM:SS` in the daemon's time zone, or RFC 3339 UTC where the caller asked for `iso`. */
export const timestamp = z
  .string()
  .check(
    z.regex(/^(\d{2}-\d{2}-\d{4,6} \d{2}:\d{2}:\d{2}|[+-]?\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)$/),
    z.describe('a timestamp'),
  )

const momentPattern =
  /^(\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?|\d{2}-\d{2}-\d{4}( \d{2}:\d{2}:\d{2})?)$/

/** A moment in a request: RFC 3339, a date, or `DD-MM-YYYY HH:MM:SS` in the daemon's time zone. */
export const moment = z
  .string()
  .check(z.regex(momentPattern), z.describe('a moment: RFC 3339, as 2026-01-31T09:00:00Z, or DD-MM-YYYY HH:MM:SS'))

export const limit = z.int().check(z.gte(1), z.lte(PAGE_MAX), z.describe('a whole number from 1 to 1,000'))

/** Where a page ended; opaque, given back to get the next page. */
export const pageCursor = z.string().check(z.maxLength(64), z.describe('the cursor of the page before'))
export const nextCursor = z.nullable(z.string())

/** Where a caller stands in its events: a whole number from 0. */
export const eventCursor = z.int().check(z.gte(0), z.describe('a whole number from 0'))

/** Things by id, each with its reference. */
export const archive = z.record(z.string(), z.string())

export const flag = z.boolean().check(z.describe('true or false'))

/** How `from` and `to` bound a listing: from is included, to is not. */
export const period = { from: z.optional(moment), to: z.optional(moment) }
export const page = { limit: z.optional(limit), cursor: z.optional(pageCursor) }

export const nothing = z.strictObject({})
