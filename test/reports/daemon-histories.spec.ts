import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exporting } from '../../packages/cli/src/commands/export.ts'
import { report } from '../../packages/cli/src/commands/report.ts'
import { readStatement } from '../../packages/cli/src/reports/history.ts'
import { everything, type Period } from '../../packages/cli/src/reports/period.ts'
import { statementLines } from '../../packages/cli/src/reports/statement-table.ts'
import { NINE } from './histories.ts'
import { describeWithHledger, hledger } from './hledger.ts'
import { aHouseAfter, someDeeds } from './random-house.ts'

const someMoment = fc.integer({ min: -1, max: 90 * 86_400_000 }).map((ms) => NINE + ms)
const over = (from: number, to: number): Period => ({ title: '', name: '', from, to })

describe('after a random history of a daemon', () => {
  it('each statement closes with what the next one opens with, and the last with what the daemon says is held', async () => {
    await fc.assert(
      fc.asyncProperty(someDeeds, fc.array(someMoment, { maxLength: 4 }), async (deeds, moments) => {
        const { say, held, daemon, accepted } = await aHouseAfter(deeds)
        expect(accepted).toBeGreaterThan(2)
        const cuts = [NINE - 1, ...moments.toSorted((one, other) => one - other), daemon.time.now() + 1]
        for (const [wallet, credits] of held.wallets) {
          const whole = await readStatement(say, everything, wallet)
          expect(whole.opening).toEqual({ credits: 0, milliseconds: 0 })
          expect(whole.closing.credits).toBe(credits)
          let before = whole.opening
          const entries = []
          for (const [index, to] of cuts.slice(1).entries()) {
            const part = await readStatement(say, over(Math.min(cuts[index] ?? 0, to), to), wallet)
            expect(part.opening).toEqual(before)
            const [left, closing] = statementLines(part).slice(-2)
            expect(closing).toMatchObject({ balance: left?.balance, left: left?.left })
            before = part.closing
            entries.push(...part.entries)
          }
          expect(before).toEqual(whole.closing)
          expect(entries).toEqual(whole.entries)
        }
      }),
      { numRuns: 8 },
    )
  })

  it('a report has as much time on its days as the statements say was charged', async () => {
    await fc.assert(
      fc.asyncProperty(someDeeds, async (deeds) => {
        const house = await aHouseAfter(deeds)
        let charged = 0
        for (const wallet of house.held.wallets.keys()) {
          const { entries } = await readStatement(house.say, everything, wallet)
          for (const { kind, amount } of entries) if (kind === 'time') charged -= amount
        }
        for (const tz of ['UTC', 'Australia/Lord_Howe']) {
          const { out } = await house.runs(report, { args: ['all'], globals: { json: true, tz } })
          expect(JSON.parse(out).milliseconds).toBe(charged)
        }
      }),
      { numRuns: 5 },
    )
  })
})

describeWithHledger('after a random history of a daemon, hledger', () => {
  it('finds the journal of every wallet right, strictly, and every balance the daemon’s', async () => {
    await fc.assert(
      fc.asyncProperty(someDeeds, async (deeds) => {
        const { runs, held, say } = await aHouseAfter(deeds)
        for (const [wallet, credits] of held.wallets) {
          const statement = await readStatement(say, everything, wallet)
          const { out } = await runs(exporting, { options: { wallet: String(wallet) }, globals: { output: 'hledger' } })
          expect(hledger(out, 'journal', 'check', '--strict')).toEqual({ status: 0, stdout: '', stderr: '' })
          const found = assetsIn(out)
          expect(found.get(`assets:wallet:${wallet}`) ?? 0).toBe(credits)
          const clocks = new Set(statement.entries.flatMap(({ clock }) => (clock === null ? [] : [clock])))
          let milliseconds = 0
          for (const clock of clocks) {
            const minutes = found.get(`assets:clock:${clock}`) ?? 0
            expect(Math.round(minutes * 100) / 100).toBe(held.clocks.get(clock))
            milliseconds += Math.round(minutes * 60_000)
          }
          expect(milliseconds).toBe(statement.closing.milliseconds)
        }
      }),
      { numRuns: 8 },
    )
  })

  it('counts the hours of the timeclock file as they were charged, to its own hundredths', async () => {
    await fc.assert(
      fc.asyncProperty(someDeeds, async (deeds) => {
        const house = await aHouseAfter(deeds)
        const charged = JSON.parse(
          (await house.runs(report, { args: ['all'], globals: { json: true } })).out,
        ).milliseconds
        const { out } = await house.runs(exporting, { globals: { output: 'timeclock', tz: 'Europe/Bucharest' } })
        const { status, stdout } = hledger(out, 'timeclock', 'print', '-O', 'csv')
        expect(status).toBe(0)
        const sessions = [...stdout.matchAll(/"\(?time\)?","([\d.]+)","h"/g)].map(([, hours]) => Number(hours))
        const counted = sessions.reduce((sum, hours) => sum + hours, 0)
        expect(Math.abs(counted - charged / 3_600_000)).toBeLessThan(0.005 * sessions.length + 0.001)
      }),
      { numRuns: 5 },
    )
  })
})

/** What each asset holds by hledger's own balance report, in the commodity it has. */
function assetsIn(journal: string): Map<string, number> {
  const { stdout } = hledger(journal, 'journal', 'balance', 'assets', '-O', 'csv', '--layout', 'tall')
  const rows = stdout.matchAll(/^"(assets[^"]*)","(-?[\d.]+) \w+"$/gm)
  return new Map([...rows].map(([, account = '', figure]) => [account, Number(figure)]))
}
