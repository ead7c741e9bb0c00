import { type Refusal, refuse, sheetKinds } from '@ewallet/protocol'
import type { Clock, Wallet } from '../domain/rows.ts'
import type { Tell } from '../handler.ts'
import type { Transaction } from '../store/store.ts'
import { theRow } from './row.ts'
import { settleClock } from './settlement.ts'
import { isWalletKind, removeSheet } from './sheet.ts'

async function removeSheetsOf(tx: Transaction, owner: 'wallet' | 'clock', id: number): Promise<void> {
  for (const kind of sheetKinds) {
    if (isWalletKind(kind) !== (owner === 'wallet')) continue
    for (const sheet of await tx[`${kind}Sheets`].list('owner', [id])) await removeSheet(tx, kind, sheet)
  }
}

/** Why a clock must stay: its timer, or what is left on it. */
export async function whatKeepsClock(
  tx: Transaction,
  clock: Clock,
  tell: Tell,
): Promise<Refusal<'clock_in_use' | 'clock_not_empty'> | undefined> {
  const { id, timer } = await settleClock(tx, clock, tell)
  if (timer) return refuse('clock_in_use', { clock: id })
  const milliseconds = await tx.balance(`clock:${id}`, 'milliseconds')
  return milliseconds > 0 ? refuse('clock_not_empty', { clock: id, milliseconds }) : undefined
}

/** Removes a clock with everything on it; its wallet remembers whose ledger entries are its own. */
export async function removeClock(tx: Transaction, { id, wallet: owner }: Clock): Promise<void> {
  await removeSheetsOf(tx, 'clock', id)
  await tx.clocks.remove(id)
  const wallet = await theRow(tx.wallets, owner)
  const [entry] = await tx.entries.list('ledger', [`clock:${id}`], { limit: 1 })
  const removedClocks = entry ? [...wallet.removedClocks, id] : wallet.removedClocks
  await tx.wallets.put({ ...wallet, removedClocks, writtenAt: tx.now })
}

/** Why a wallet must stay: a timer on one of its clocks, its credits, or what is left on a clock. */
export async function whatKeepsWallet(
  tx: Transaction,
  { id }: Wallet,
  tell: Tell,
): Promise<Refusal<'clock_in_use' | 'wallet_not_empty'> | undefined> {
  const credits = await tx.balance(`wallet:${id}`, 'credits')
  let kept = credits > 0 ? refuse('wallet_not_empty', { credits }) : undefined
  for (const clock of await tx.clocks.list('wallet', [id])) {
    const refusal = await whatKeepsClock(tx, clock, tell)
    if (refusal?.code === 'clock_in_use') return refuse('clock_in_use', refusal.details)
    if (refusal) kept ??= refuse('wallet_not_empty', refusal.details)
  }
  return kept
}

/** Removes a wallet with everything on it; what the ledger says of it stays, and the active wallet remembers its clocks. */
export async function removeWallet(tx: Transaction, { id, account }: Wallet): Promise<void> {
  for (const clock of await tx.clocks.list('wallet', [id])) await removeClock(tx, clock)
  const { removedClocks } = await theRow(tx.wallets, id)
  await removeSheetsOf(tx, 'wallet', id)
  await tx.wallets.remove(id)
  if (removedClocks.length === 0) return
  const active = await theRow(tx.wallets, (await theRow(tx.accounts, account)).wallet)
  await tx.wallets.put({ ...active, removedClocks: [...active.removedClocks, ...removedClocks] })
}
