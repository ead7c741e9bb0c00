import {
  activeOf,
  type Clock,
  clockOf,
  clocksOf,
  type Holder,
  happened,
  isoOf,
  leftOf,
  MINUTE,
  minutesOf,
  newClock,
  newWallet,
  type Wallet,
} from './holdings.ts'
import { refusalsOf } from './refusals.ts'
import { demand, type Kind, same } from './sight.ts'

type Fields = Record<string, unknown>

/** An instruction that was answered: by whom, what was asked and heard, and at which moment. */
export interface Accepted {
  by: string
  path: string
  asked: Fields
  heard: Fields
  at: number
}

/** What was supplied in credits and consumed in ms, and what everybody holds of it in ms. */
export type Totals = Record<'supplied' | 'consumed' | 'held', number>

/** An instruction with what it is about. */
export interface Scene extends Accepted {
  person: Holder
  partner: Holder | undefined
  wallet: Wallet
  clock: Clock
  /** What came in on the record that was named: on whose wallet, from which, and how much of it can still go back. */
  came: { by: Holder; wallet: Wallet; from: Wallet; sender: Holder; left: number } | undefined
  credits: number
  minutes: number
  id: number
}

/** Recomputes what everybody must hold from nothing but what was accepted, by the rules as `decisions.md` tells them. */
export class Oracle {
  private readonly people = new Map<string, Holder>()
  private readonly received = new Map<number, NonNullable<Scene['came']>>()
  private readonly named = new Set<string>()
  private moment = 0
  private supplied = 0
  private consumed = 0

  /** Hears of an account with its first wallet and clock. */
  open(email: string, wallet: number, clock: number): void {
    const wallets = new Map([[wallet, newWallet(clock)]])
    this.people.set(email, { email, isLeaving: false, wallet, wallets, events: new Map() })
  }

  /** Hears that an account was deleted: what it held is supplied no more, and what is less than a minute is used. */
  forget(email: string): void {
    for (const { credits, clocks } of this.the(email).wallets.values()) {
      const rests = [...clocks.values()].map(({ ms }) => ms % MINUTE)
      const minutes = [...clocks.values()].map(({ ms }) => Math.floor(ms / MINUTE))
      this.supplied -= minutes.reduce((sum, each) => sum + each, credits)
      this.consumed += rests.reduce((sum, each) => sum + each, 0)
    }
    this.people.delete(email)
  }

  /** Lets time pass: clocks that have run out by now end at the instant they did. */
  settle(now: number): void {
    for (const person of this.people.values()) {
      for (const clock of clocksOf(person)) {
        const { timer, ms } = clock
        if (!timer || timer.paused !== undefined || timer.since + ms - timer.used > now) continue
        this.charge(clock, ms, timer.since + ms - timer.used)
        clock.timer = undefined
        happened(person, 'clock.exhausted')
      }
    }
  }

  /**
   * Hears of what was accepted. In order: the answer must be the one that follows from all before it. Out of order, only what it
   * changed counts: of instructions a crash left open, nobody knows which came first.
   */
  hear(accepted: Accepted, isOrdered = true): void {
    if (isOrdered) this.foresee(accepted)
    if (accepted.heard.failed === true) return
    if (!accepted.path.includes(' view ')) {
      demand(accepted.at >= this.moment, `${said(accepted)} although it was later before`)
      this.moment = accepted.at
    }
    const expected = this.does(this.sceneOf(accepted))
    for (const [field, value] of Object.entries(isOrdered ? expected : {})) {
      demand(accepted.heard[field] === value, `${said(accepted)}: expected ${field} ${value}`)
    }
  }

  /** Checks whether what came as a success or a refusal must be one, and changes nothing. */
  foresee(accepted: Accepted): void {
    this.settle(accepted.at)
    const codes = refusalsOf(this.sceneOf(accepted))
    const { failed, code } = accepted.heard
    const fits = failed === true ? codes.includes(code as string) : codes.length === 0
    demand(fits, `${said(accepted)}: expected ${codes.join(' or ') || 'a success'}`)
  }

  /** What was supplied in credits and consumed in ms, and what everybody holds of it in ms. */
  totals(): Totals {
    let held = 0
    for (const person of this.people.values()) {
      for (const { credits } of person.wallets.values()) held += credits * MINUTE
      for (const { ms } of clocksOf(person)) held += ms
    }
    return { supplied: this.supplied, consumed: this.consumed, held }
  }

  private sceneOf(accepted: Accepted): Scene {
    const { by, asked } = accepted
    const person = this.the(by)
    const wallet = activeOf(person)
    const partner = this.people.get((asked.pay ?? asked.transfer_to) as string)
    const came = this.received.get(asked.record_id as number)
    return { ...accepted, person, partner, wallet, clock: clockOf(wallet), came, ...numbersOf(asked) }
  }

  /** Does what a success says was done; gives back what its answer must tell. */
  private does(scene: Scene): Fields {
    const { person, partner, wallet, clock, came, credits, minutes, path, asked, heard } = scene
    const [id, invoice] = [heard.transfer_record, heard.invoice_record] as [number, number]
    switch (path) {
      case 'client action view credit ewallet':
        same(`${person.email}'s credits`, (heard.ewallet_data as Fields).credits, wallet.credits)
        return { ewallet: person.wallet }
      case 'client action supply credits':
        wallet.credits += credits
        this.supplied += credits
        this.write('transfer', wallet.transfer, id)
        this.write('invoice', wallet.invoice, invoice)
        return { ewallet_credits: wallet.credits, supplied_credits: credits }
      case 'client action pay':
      case 'client action transfer credits': {
        if (!partner) throw new Error(`${person.email} sent credits to nobody.`)
        const theirs = activeOf(partner)
        this.move(wallet, theirs, credits, id)
        this.received.set(id + 1, { by: partner, wallet: theirs, from: wallet, sender: person, left: credits })
        happened(partner, path === 'client action pay' ? 'payment.received' : 'transfer.received')
        if (path !== 'client action pay') return { ewallet_credits: wallet.credits, transfered_credits: credits }
        this.write('invoice', wallet.invoice, invoice)
        this.write('invoice', theirs.invoice, invoice + 1)
        return { ewallet_credits: wallet.credits, spent_credits: credits }
      }
      case 'client action refund transfer': {
        const back = heard.refunded_credits as number
        if (came?.by !== person || back > came.left)
          throw new Error(`More went back than came: ${JSON.stringify(heard)}`)
        const expected = credits ?? came.left
        came.left -= back
        this.move(came.wallet, returningTo(came), back, id)
        happened(came.sender, 'refund.received')
        return { ewallet_credits: came.wallet.credits, refunded_credits: expected }
      }
      case 'client action convert credits2clock':
      case 'client action convert clock2credits': {
        const turned = credits ?? -minutes
        wallet.credits -= turned
        clock.ms += turned * MINUTE
        this.write('conversion', clock.conversion, heard.conversion_record as number)
        return { ewallet_credits: wallet.credits, credit_clock: minutesOf(leftOf(clock, scene.at)) }
      }
      case 'client action import time_records':
        this.charge(clock, spanOf(asked), stopOf(asked))
        for (const record of heard.time_records as number[]) this.write('time', clock.time, record)
        return { minutes_spent: minutesOf(spanOf(asked)), credit_clock: minutesOf(clock.ms) }
      case 'client action unlink transfer record':
        demand(wallet.transfer.delete(asked.record_id as number), `record ${asked.record_id} was unlinked twice`)
        return { transfer_record: asked.record_id }
      case 'client action unlink account':
        person.isLeaving = true
        for (const each of clocksOf(person).filter(({ timer }) => timer)) {
          this.charge(each, each.ms - leftOf(each, scene.at), scene.at)
          each.timer = undefined
          happened(person, 'clock.stopped')
        }
        return { account: person.email }
      case 'client action new credit ewallet':
        person.wallets.set(heard.ewallet as number, newWallet((heard.ewallet_data as { clock: number }).clock))
        return {}
      case 'client action switch credit ewallet':
        person.wallet = asked.ewallet_id as number
        return { ewallet: person.wallet }
      case 'client action unlink credit ewallet':
        person.wallets.delete(asked.ewallet_id as number)
        return { ewallet: asked.ewallet_id }
      case 'client action unlink credit clock':
        wallet.clocks.delete(asked.clock_id as number)
        return { clock: asked.clock_id }
      case 'client action new credit clock':
        wallet.clocks.set(heard.clock as number, newClock())
        return {}
      case 'client action switch credit clock':
        wallet.clock = asked.clock_id as number
        return { clock: wallet.clock }
    }
    return this.times(person, clock, path, heard)
  }

  /** The timer's four instructions; their answers tell the moment. */
  private times(person: Holder, clock: Clock, path: string, heard: Fields): Fields {
    const [, verb = ''] = /(start|pause|resume|stop) clock_timer$/.exec(path) ?? []
    const stamp = `${verb}_timestamp`
    const at = Date.parse(heard[stamp] as string)
    const { timer } = clock
    happened(person, `clock.${verb}${verb === 'stop' ? 'p' : ''}${verb.endsWith('e') ? 'd' : 'ed'}`)
    if (verb === 'start') {
      clock.timer = { startedAt: at, since: at, used: 0, paused: undefined, pending: 0, count: 0 }
      return { [stamp]: isoOf(this.moment) }
    }
    if (!timer) throw new Error(`${person.email} could ${verb} a timer that was not going.`)
    if (timer.paused === undefined) timer.used += at - timer.since
    else timer.pending += at - timer.paused
    Object.assign(timer, { since: at, paused: verb === 'pause' ? at : undefined })
    if (verb === 'pause') timer.count += 1
    const told = { [stamp]: isoOf(this.moment), pending_count: timer.count, pending_time: minutesOf(timer.pending) }
    if (verb === 'resume') return told
    const start_timestamp = isoOf(timer.startedAt)
    if (verb === 'pause') return { ...told, start_timestamp }
    clock.timer = undefined
    this.charge(clock, timer.used, at)
    this.write('time', clock.time, heard.time_record as number)
    return { ...told, start_timestamp, minutes_spent: minutesOf(timer.used) }
  }

  /** Somebody who was opened. */
  the(email: string): Holder {
    const person = this.people.get(email)
    if (!person) throw new Error(`Nobody is called ${email}.`)
    return person
  }

  private move(from: Wallet, to: Wallet, credits: number, record: number): void {
    from.credits -= credits
    to.credits += credits
    this.write('transfer', from.transfer, record)
    this.write('transfer', to.transfer, record + 1)
  }

  private charge(clock: Clock, ms: number, stop: number): void {
    clock.ms -= ms
    this.consumed += ms
    clock.times.push(`${isoOf(stop)} ${minutesOf(ms)}`)
  }

  private write(kind: Kind, sheet: Set<number>, id: number): void {
    demand(Number.isSafeInteger(id) && !this.named.has(`${kind} ${id}`), `${kind} record ${id} was made twice`)
    this.named.add(`${kind} ${id}`)
    sheet.add(id)
  }
}

/** The wallet a refund goes to: the one it came from, or its owner's active one. */
export const returningTo = ({ from, sender }: NonNullable<Scene['came']>) =>
  [...sender.wallets.values()].includes(from) ? from : activeOf(sender)
/** How long the time in a request is, in ms. */
export function spanOf(asked: Fields): number {
  const records = asked.records as { time_start: string; time_stop: string }[]
  return records.reduce((sum, { time_start, time_stop }) => sum + Date.parse(time_stop) - Date.parse(time_start), 0)
}

/** When the last time in a request stops. */
const stopOf = ({ records }: Fields) => Date.parse((records as { time_stop: string }[]).at(-1)?.time_stop as string)

function numbersOf(asked: Fields): Pick<Scene, 'credits' | 'minutes' | 'id'> {
  const { credits, minutes, record_id: id } = asked as { credits: number; minutes: number; record_id: number }
  return { credits, minutes, id }
}

function said({ by, path, asked, heard }: Accepted): string {
  return `${by} said ${path} ${JSON.stringify(asked)} and heard ${JSON.stringify(heard)}`
}
