import { describe, expect, it } from 'vitest'
import { refundableCredits } from '../../packages/server/src/domain/refund.ts'

const transfer = { kind: 'transfer', credits: 30, refunded: 0 } as const

describe('refundableCredits', () => {
  it.each([
    ['all of it where nothing is asked', transfer, undefined, 30],
    ['all that remains where nothing is asked', { ...transfer, refunded: 10 }, undefined, 20],
    ['a part', transfer, 1, 1],
    ['all of it', transfer, 30, 30],
    ['the last of it', { ...transfer, refunded: 29 }, 1, 1],
    ['a payment', { ...transfer, kind: 'payment' } as const, undefined, 30],
  ])('gives back %s', (_, movement, asked, credits) => {
    expect(refundableCredits('incoming', movement, asked)).toBe(credits)
  })

  it.each([
    ['more than came in', transfer, 31, 30],
    ['more than remains', { ...transfer, refunded: 10 }, 21, 20],
    ['anything of what went back', { ...transfer, refunded: 30 }, 1, 0],
    ['all of what went back', { ...transfer, refunded: 30 }, undefined, 0],
  ])('refuses %s, and tells what is left', (_, movement, asked, credits) => {
    expect(refundableCredits('incoming', movement, asked)).toMatchObject({
      code: 'refund_too_large',
      details: { credits },
    })
  })

  it.each([
    ['incoming', 'supply'],
    ['incoming', 'refund'],
    ['transfer', 'transfer'],
    ['payment', 'payment'],
    ['refund', 'refund'],
    ['supply', 'supply'],
  ] as const)('refuses the %s of a %s', (type, kind) => {
    expect(refundableCredits(type, { ...transfer, kind })).toMatchObject({ code: 'not_refundable' })
  })
})
