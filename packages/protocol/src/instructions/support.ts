import * as z from 'zod/mini'
import { email, freeText, id, nothing, timestamp } from '../fields.ts'
import { instruction } from '../instruction.ts'

const longText = z.string().check(z.minLength(1), z.maxLength(100_000), z.describe('a text'))

export const supportInstructions = {
  'client action report issue': instruction({
    summary: 'Report an issue to whoever runs the daemon.',
    says: 'report issue',
    access: 'anyone',
    changes: true,
    request: z.strictObject({
      issue: z
        .strictObject({
          name: z.string().check(z.minLength(1), z.maxLength(200), z.describe('a title of 1 to 200 characters')),
          details: longText,
          email: z.optional(email),
          log: z.optional(longText),
        })
        .check(z.describe('an issue: name, details, and perhaps email and log')),
    }),
    response: z.strictObject({
      issue: id,
      timestamp,
      source: z.nullable(freeText),
      contact: z.nullable(z.string()),
    }),
    refusals: ['issue_too_large', 'too_many_requests'],
  }),
  'client action view license': instruction({
    summary: 'Show the licence.',
    says: 'license',
    access: 'anyone',
    changes: false,
    request: nothing,
    response: z.strictObject({ version: z.string(), text: z.string() }),
    refusals: [],
  }),
}
