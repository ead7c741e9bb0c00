import { type Refusal, refuse } from '@ewallet/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Memo, Store, Tables, Transaction } from '../../packages/server/src/store/store.ts'
import { aHandTurnedClock, type HandTurned, NINE } from '../harness.ts'

/** A store as the contract takes it: open, and able to come back with what it kept. */
export interface OpenedStore {
  store: Store
  /** Ends it and opens what it kept again; missing where nothing outlives it. */
  reopen?: () => Promise<OpenedStore>
  /** Ends it and takes away what it left. */
  remove(): Promise<void>
}

const memo: Memo = { kind: 'test', notes: null }
const issue = (name: string): Omit<Tables['issueReports'], 'id'> => ({
  at: NINE,
  source: null,
  contact: null,
  name,
  details: '',
  log: null,
})
const answer = (account: number, key: string): Omit<Tables['answers'], 'id'> => ({
  account,
  key,
  digest: `digest of ${key}`,
  answer: { failed: false, note: 'čšž 😀 "quoted"\n\u2028' },
})
const record = (sheet: number, createdAt: number): Omit<Tables['transferRecords'], 'id'> => ({
  createdAt,
  writtenAt: createdAt,
  account: sheet,
  sheet,
  reference: 'Transfer Sheet Record',
  type: 'transfer',
  from: 1,
  to: 2,
  credits: 5,
  movement: 1,
})
const account = (name: string, leavesAt: number | null): Omit<Tables['accounts'], 'id'> => ({
  createdAt: NINE,
  writtenAt: NINE,
  name,
  nameKey: name,
  email: `${name}@example.org`,
  emailKey: `${name}@example.org`,
  phone: null,
  alias: null,
  wallet: 1,
  contactList: 1,
  pass: { N: 16, r: 8, p: 1, salt: 'c2FsdA==', hash: 'aGFzaA==' },
  passArchive: [],
  acl: { pay: 'deny' },
  license: null,
  leavesAt,
  deletedAt: null,
})

/** Two accounts with all that rows and postings of the tests point to: wallets 1 and 2, clocks 1 and 2, sheets 1 and 2. */
async function moveIn(tx: Transaction): Promise<void> {
  const made = { createdAt: NINE, writtenAt: NINE }
  for (const [place, name] of ['ada', 'bob'].entries()) {
    const own = place + 1
    await tx.accounts.add({ ...account(name, null), wallet: own, contactList: own })
    const sheets = { clock: own, transferSheet: own, invoiceSheet: own, removedClocks: [] }
    await tx.wallets.add({ ...made, account: own, reference: 'Credit EWallet', ...sheets })
    const clock = { timeSheet: own, conversionSheet: own, timer: null, wakesAt: null }
    await tx.clocks.add({ ...made, account: own, wallet: own, reference: 'Credit Clock', ...clock })
    await tx.contactLists.add({ ...made, account: own, reference: 'Contact List' })
    const ends = { from: own, to: own, fromWallet: own, toWallet: own }
    await tx.movements.add({ kind: 'transfer', ...ends, credits: 5, refunded: 0, at: NINE })
    for (const kind of ['transferSheets', 'invoiceSheets', 'conversionSheets', 'timeSheets'] as const) {
      await tx[kind].add({ ...made, account: own, owner: own, reference: 'Sheet' })
    }
  }
}

/** What every store keeps to. A store is described by opening an empty one upon a hand-turned clock. */
export function describeStore(name: string, open: (time: HandTurned) => Promise<OpenedStore>): void {
  describe(`the ${name} store`, () => {
    let time: HandTurned
    let opened: OpenedStore
    let store: Store

    beforeEach(async () => {
      time = aHandTurnedClock()
      opened = await open(time)
      store = opened.store
      await store.transaction(moveIn)
    })

    afterEach(async () => {
      await opened.remove()
    })

    const issues = () => store.transaction(async (tx) => tx.issueReports.list('all', []))
    const does = <T>(work: (tx: Transaction) => Promise<T>) => store.transaction(work)

    describe('keeps all of a transaction', () => {
      it('once it ends well, and gives back what it returned', async () => {
        const made = await does(async (tx) => {
          const one = await tx.issueReports.add(issue('one'))
          const two = await tx.issueReports.add(issue('two'))
          return [one.id, two.id]
        })
        expect(made).toEqual([1, 2])
        expect((await issues()).map(({ name }) => name)).toEqual(['one', 'two'])
      })

      it('and gives a row back with every value as it was', async () => {
        const row = await does(async (tx) => tx.answers.add(answer(1, 'ключ')))
        expect(await does(async (tx) => tx.answers.get(row.id))).toEqual({ id: 1, ...answer(1, 'ключ') })
        expect(await does(async (tx) => tx.answers.find('key', [1, 'ключ']))).toEqual(row)
      })

      it('and lets the next one see it', async () => {
        const seen = await Promise.all([
          does(async (tx) => (await tx.issueReports.add(issue('one'))).id),
          does(async (tx) => (await tx.issueReports.list('all', [])).length),
        ])
        expect(seen).toEqual([1, 1])
      })
    })

    describe('keeps nothing of a transaction', () => {
      const refusal: Refusal<'sheet_not_found'> = refuse('sheet_not_found')
      const endings: [string, (tx: Transaction) => Promise<unknown>, boolean][] = [
        ['that throws', () => Promise.reject(new Error('no')), false],
        ['that returns a refusal', async () => refusal, false],
        ['on a dry run', async () => 'fine', true],
        [
          'that is undone',
          async (tx) => {
            await tx.undo()
            return 'fine'
          },
          false,
        ],
      ]
      it.each(endings)('%s', async (_, end, dryRun) => {
        await does(async (tx) => {
          await tx.issueReports.add(issue('before'))
          await tx.post('core', 'wallet:1', 5, 'credits', memo)
        })
        const value = await store
          .transaction(
            async (tx) => {
              await tx.issueReports.add(issue('within'))
              await tx.issueReports.put({ id: 1, ...issue('changed') })
              await tx.issueReports.remove(1)
              await tx.post('core', 'wallet:1', 7, 'credits', memo)
              await tx.answers.add(answer(1, 'a key'))
              return end(tx)
            },
            { dryRun },
          )
          .catch((error: Error) => error.message)
        expect(value).toEqual({ 'that throws': 'no', 'that returns a refusal': refusal }[_] ?? 'fine')
        expect(await issues()).toEqual([{ id: 1, ...issue('before') }])
        const left = await does(async (tx) => [
          await tx.balance('wallet:1', 'credits'),
          await tx.balance('core', 'credits'),
          (await tx.entries.list('ledger', ['wallet:1'])).length,
          await tx.answers.find('key', [1, 'a key']),
        ])
        expect(left).toEqual([5, -5, 1, undefined])
      })

      it('that was undone, but all that it did after that', async () => {
        await does(async (tx) => {
          await tx.issueReports.add(issue('undone'))
          await tx.undo()
          expect(tx.changed).toBe(false)
          await tx.issueReports.add(issue('done'))
          expect(tx.changed).toBe(true)
        })
        expect((await issues()).map((row) => row.name)).toEqual(['done'])
      })

      it('that was undone, nor the ids it took', async () => {
        const ids = await does(async (tx) => {
          for (let n = 0; n < 3; n += 1) await tx.issueReports.add(issue('undone'))
          await tx.post('core', 'wallet:1', 7, 'credits', memo)
          await tx.undo()
          const ids = []
          for (const name of ['one', 'two']) ids.push((await tx.issueReports.add(issue(name))).id)
          await tx.post('core', 'wallet:1', 5, 'credits', memo)
          return ids
        })
        expect(ids).toEqual([1, 2])
        const entries = await does(async (tx) => tx.entries.list('ledger', ['core']))
        expect(entries.map(({ id }) => id)).toEqual([1])
        expect(await does(async (tx) => (await tx.issueReports.add(issue('three'))).id)).toBe(3)
      })

      it('that leaves two rows under one unique key', async () => {
        await does(async (tx) => tx.answers.add(answer(1, 'same')))
        await expect(
          does(async (tx) => {
            await tx.issueReports.add(issue('with it'))
            await tx.answers.add(answer(1, 'same'))
          }),
        ).rejects.toThrow()
        expect(await issues()).toEqual([])
        expect(await does(async (tx) => (await tx.answers.add(answer(2, 'same'))).account)).toBe(2)
      })

      it('that changes or removes what is not there', async () => {
        await expect(does(async (tx) => tx.issueReports.put({ id: 9, ...issue('none') }))).rejects.toThrow()
        await expect(does(async (tx) => tx.issueReports.remove(9))).rejects.toThrow()
        expect(await issues()).toEqual([])
      })
    })

    describe('a transaction', () => {
      it('sees what it changed itself, by id, by unique key and in order', async () => {
        await does(async (tx) => {
          await tx.answers.add(answer(1, 'stays'))
          await tx.answers.add(answer(1, 'goes'))
        })
        await does(async (tx) => {
          await tx.answers.remove(2)
          await tx.answers.put({ id: 1, ...answer(1, 'renamed') })
          await tx.answers.add(answer(1, 'new'))
          expect(await tx.answers.get(2)).toBeUndefined()
          expect(await tx.answers.find('key', [1, 'goes'])).toBeUndefined()
          expect(await tx.answers.find('key', [1, 'stays'])).toBeUndefined()
          expect((await tx.answers.find('key', [1, 'renamed']))?.id).toBe(1)
          expect((await tx.answers.list('account', [1])).map(({ key }) => key)).toEqual(['renamed', 'new'])
        })
        expect(await does(async (tx) => (await tx.answers.list('account', [1])).map(({ key }) => key))).toEqual([
          'renamed',
          'new',
        ])
      })

      it('has one moment, and later ones have none before it, even where the clock goes back', async () => {
        let turned = false
        const first = await does(async (tx) => {
          // The work may run twice; the clock turns once.
          if (!turned) time.turn(5)
          turned = true
          await tx.issueReports.add(issue('moment'))
          return tx.now
        })
        expect(first).toBe(NINE)
        time.turn(100)
        expect(await does(async (tx) => (await tx.issueReports.add(issue('later'))) && tx.now)).toBe(NINE + 105)
        time.turnTo(NINE)
        expect(await does(async (tx) => tx.now)).toBe(NINE + 105)
        expect(store.now()).toBe(NINE + 105)
      })

      it('says that it is applied before it answers', async () => {
        const heard: string[] = []
        await store
          .transaction(async (tx) => tx.issueReports.add(issue('one')), { applied: () => heard.push('applied') })
          .then(() => heard.push('answered'))
        expect(heard).toEqual(['applied', 'answered'])
      })

      it('can be one of very many asked for at once, which are all kept', async () => {
        await Promise.all(Array.from({ length: 200 }, (_, n) => does(async (tx) => tx.issueReports.add(issue(`${n}`)))))
        const kept = await issues()
        expect(kept.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
        expect(new Set(kept.map((row) => row.name)).size).toBe(200)
      })
    })

    describe('an ordered index', () => {
      const orders = [40, 10, 30, 10, 20]
      beforeEach(() =>
        does(async (tx) => {
          for (const at of orders) await tx.transferRecords.add(record(1, at))
          await tx.transferRecords.add(record(2, 15))
        }),
      )
      const ids = async (range: object) =>
        does(async (tx) => (await tx.transferRecords.list('sheet', [1], range)).map(({ id }) => id))

      it.each<[string, object, number[]]>([
        ['in order, and of one order by id', {}, [2, 4, 5, 3, 1]],
        ['backwards', { descending: true }, [1, 3, 5, 4, 2]],
        ['from an order on, that included', { from: 20 }, [5, 3, 1]],
        ['up to an order, that not included', { to: 30 }, [2, 4, 5]],
        ['within a range', { from: 10, to: 20 }, [2, 4]],
        ['no more than asked for', { limit: 2 }, [2, 4]],
        ['none where none are asked for', { limit: 0 }, []],
        ['the newest', { limit: 2, descending: true }, [1, 3]],
        ['after a row', { after: { order: 10, id: 2 } }, [4, 5, 3, 1]],
        ['after a row that is not there', { after: { order: 10, id: 3 } }, [4, 5, 3, 1]],
        ['after a row backwards', { after: { order: 30, id: 3 }, descending: true }, [5, 4, 2]],
        ['after a row, a page', { after: { order: 10, id: 4 }, limit: 2 }, [5, 3]],
      ])('lists %s', async (_, range, expected) => {
        expect(await ids(range)).toEqual(expected)
      })

      it('lists the same within the transaction that changes it', async () => {
        const seen = await does(async (tx) => {
          await tx.transferRecords.add(record(1, 20))
          await tx.transferRecords.remove(3)
          await tx.transferRecords.put({ id: 1, ...record(1, 5) })
          return Promise.all([
            tx.transferRecords.list('sheet', [1]),
            tx.transferRecords.list('sheet', [1], { descending: true, limit: 3 }),
            tx.transferRecords.list('sheet', [1], { from: 10, limit: 3, after: { order: 10, id: 2 } }),
          ])
        })
        expect(seen.map((rows) => rows.map(({ id }) => id))).toEqual([
          [1, 2, 4, 5, 7],
          [7, 5, 4],
          [4, 5, 7],
        ])
        expect(await ids({})).toEqual([1, 2, 4, 5, 7])
      })

      it('leaves rows out whose fields are null', async () => {
        await does(async (tx) => {
          await tx.accounts.add(account('leaving', 7))
          await tx.accounts.add({ ...account('deleted', null), nameKey: null, emailKey: null })
          await tx.accounts.add({ ...account('deleted too', null), nameKey: null, emailKey: null })
        })
        const found = await does(async (tx) => (await tx.accounts.list('leaving', [])).map(({ id }) => id))
        expect(found).toEqual([3])
      })
    })

    describe('the ledger', () => {
      it('holds in every account the sum of its postings, with an entry on each side', async () => {
        await does(async (tx) => {
          await tx.post('core', 'wallet:1', 100, 'credits', { kind: 'supply', notes: 'first', credit: { wallet: 1 } })
          await tx.post('wallet:1', 'wallet:2', 30, 'credits', {
            kind: 'transfer',
            notes: null,
            debit: { wallet: 1, record: 7, partner: 2 },
            credit: { wallet: 2, record: 8, partner: 1 },
          })
          await tx.post('exchange', 'clock:1', 60_000, 'milliseconds', memo)
        })
        const [balances, entries] = await does(async (tx) => [
          await Promise.all(
            (['core', 'wallet:1', 'wallet:2'] as const).map(async (ledger) => tx.balance(ledger, 'credits')),
          ),
          await tx.entries.list('ledger', ['wallet:1']),
        ])
        expect(balances).toEqual([-100, 70, 30])
        expect(entries).toMatchObject([
          { amount: 100, balance: 100, kind: 'supply', notes: 'first', wallet: 1 },
          { amount: -30, balance: 70, kind: 'transfer', wallet: 1, record: 7, partner: 2 },
        ])
        expect(await does(async (tx) => tx.balance('clock:1', 'milliseconds'))).toBe(60_000)
        expect(await does(async (tx) => tx.balance('exchange', 'milliseconds'))).toBe(-60_000)
        expect(await does(async (tx) => tx.balance('clock:1', 'credits'))).toBe(0)
      })

      it.each<[string, Parameters<Transaction['post']>]>([
        ['more than a wallet holds', ['wallet:1', 'core', 101, 'credits', memo]],
        ['more than a clock holds', ['clock:1', 'consumed', 1, 'milliseconds', memo]],
        ['nothing', ['core', 'wallet:1', 0, 'credits', memo]],
        ['less than nothing', ['core', 'wallet:1', -1, 'credits', memo]],
        ['a part of a credit', ['core', 'wallet:1', 0.5, 'credits', memo]],
        ['to itself', ['wallet:1', 'wallet:1', 1, 'credits', memo]],
      ])('moves no %s', async (_, posting) => {
        await does(async (tx) => tx.post('core', 'wallet:1', 100, 'credits', memo))
        await expect(does(async (tx) => tx.post(...posting))).rejects.toThrow()
        expect(await does(async (tx) => tx.balance('wallet:1', 'credits'))).toBe(100)
      })
    })

    it('gives no id out twice, whatever became of its row', async () => {
      await does(async (tx) => {
        await tx.issueReports.add(issue('one'))
        await tx.issueReports.add(issue('two'))
        await tx.issueReports.remove(2)
      })
      await does(async (tx) => tx.issueReports.remove(1))
      expect(await does(async (tx) => (await tx.issueReports.add(issue('three'))).id)).toBe(3)
    })

    it('holds more rows than a block, in order, when some of them changed and some went', async () => {
      const count = 2_500
      await does(async (tx) => {
        for (let n = 1; n <= count; n += 1) await tx.issueReports.add(issue(`${n}`))
      })
      await does(async (tx) => {
        for (let n = 1; n <= count; n += 3) await tx.issueReports.remove(n)
        for (let n = 2; n <= count; n += 3) await tx.issueReports.put({ id: n, ...issue(`changed ${n}`) })
      })
      const kept = await issues()
      expect(kept.map(({ id }) => id)).toEqual(
        Array.from({ length: count }, (_, place) => place + 1).filter((id) => id % 3 !== 1),
      )
      expect(kept.filter((row) => row.name.startsWith('changed')).every(({ id }) => id % 3 === 2)).toBe(true)
    })

    describe('opened again', () => {
      it('holds every row, balance and index, and goes on with ids and time', async ({ skip }) => {
        if (!opened.reopen) return skip('nothing outlives a store in memory')
        await does(async (tx) => {
          tx.said = { by: 1, path: 'client action test' }
          await tx.answers.add(answer(1, 'first'))
          await tx.answers.add(answer(1, 'second'))
          await tx.post('core', 'wallet:1', 12, 'credits', memo)
        })
        time.turn(1_000)
        await does(async (tx) => {
          await tx.answers.remove(2)
          await tx.answers.put({ id: 1, ...answer(1, 'renamed') })
        })
        time.turnTo(NINE)
        opened = await opened.reopen()
        store = opened.store
        await does(async (tx) => {
          expect(tx.now).toBe(NINE + 1_000)
          expect(await tx.answers.list('account', [1])).toEqual([{ id: 1, ...answer(1, 'renamed') }])
          expect(await tx.answers.find('key', [1, 'first'])).toBeUndefined()
          expect((await tx.answers.find('key', [1, 'renamed']))?.id).toBe(1)
          expect(await tx.balance('wallet:1', 'credits')).toBe(12)
          expect((await tx.entries.list('ledger', ['core'])).map(({ balance }) => balance)).toEqual([-12])
          expect((await tx.answers.add(answer(1, 'third'))).id).toBe(3)
        })
      })

      it('holds nothing that was refused, thrown or dry', async ({ skip }) => {
        if (!opened.reopen) return skip('nothing outlives a store in memory')
        await does(async (tx) => tx.issueReports.add(issue('kept')))
        await does(async (tx) => {
          await tx.issueReports.add(issue('refused'))
          return refuse('sheet_not_found')
        })
        await store.transaction(async (tx) => tx.issueReports.add(issue('dry')), { dryRun: true })
        await does(async (tx) => {
          await tx.issueReports.add(issue('thrown'))
          throw new Error('no')
        }).catch(() => {})
        opened = await opened.reopen()
        store = opened.store
        expect((await issues()).map((row) => row.name)).toEqual(['kept'])
      })
    })
  })
}
