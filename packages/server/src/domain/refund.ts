import { type Refusal, refuse } from '@ewallet/protocol'
import type { Movement, TransferRecord } from './rows.ts'

/**
 * How many credits a refund gives back: those asked for, or all that remains. Only the `incoming` of a transfer or a payment can be
 * refunded, and never more than came in.
 */
export function refundableCredits(
  type: TransferRecord['type'],
  { kind, credits, refunded }: Pick<Movement, 'kind' | 'credits' | 'refunded'>,
  asked?: number,
): number | Refusal<'not_refundable' | 'refund_too_large'> {
  if (type !== 'incoming' || (kind !== 'transfer' && kind !== 'payment')) return refuse('not_refundable')
  const left = credits - refunded
  if (left === 0 || (asked ?? 0) > left) return refuse('refund_too_large', { credits: left })
  return asked ?? left
}
