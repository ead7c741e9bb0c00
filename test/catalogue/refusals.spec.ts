import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commonRefusals, declarationOf, exitCodes, groups, paths, type RefusalCode, refusals } from '@ewallet/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryStore } from '../../packages/server/src/store/memory/memory-store.ts'
import { StoreUnavailable } from '../../packages/server/src/store/store.ts'
import { aDaemon, aHandTurnedClock, expectAllRefusalsSeen, seenRefusals } from '../harness.ts'

const nouns = Object.keys(groups) as (keyof typeof groups)[]
const codes = Object.keys(refusals) as RefusalCode[]
const folder = join(import.meta.dirname, '..', 'instructions')
const specs = readdirSync(folder).filter((file) => file.endsWith('.spec.ts'))

/** What the instructions of a noun declare, as it is remembered once it was seen. */
const declaredBy = (noun: keyof typeof groups) =>
  paths
    .filter((path) => Object.hasOwn(groups[noun], path))
    .flatMap((path) => declarationOf(path).refusals.map((code) => `${path} ${code}`))

describe('a declared refusal', () => {
  it.each(nouns)('is asked for of every noun, as the last thing in its spec: %s', (noun) => {
    const asking = specs.filter((file) =>
      readFileSync(join(folder, file), 'utf8').trimEnd().endsWith(`expectAllRefusalsSeen('${noun}')\n  })\n})`),
    )
    expect(asking).toEqual([`${noun}.spec.ts`])
  })

  it.each(nouns.flatMap((noun) => declaredBy(noun).map((refusal) => [refusal, noun] as const)))(
    'that is never seen fails: %s',
    (refusal, noun) => {
      const others = declaredBy(noun).filter((other) => other !== refusal)
      seenRefusals.clear()
      for (const other of others) seenRefusals.add(other)
      expect(() => expectAllRefusalsSeen(noun)).toThrow()
      seenRefusals.add(refusal)
      expect(() => expectAllRefusalsSeen(noun)).not.toThrow()
      seenRefusals.clear()
    },
  )

  it('is declared once', () => {
    const all = nouns.flatMap(declaredBy)
    expect(all.filter((refusal, index) => all.indexOf(refusal) !== index)).toEqual([])
  })

  it.each(codes)('is one that some instruction may answer: %s', (code) => {
    const common: readonly string[] = [...commonRefusals, 'unknown_instruction']
    const declaring = paths.filter((path) => declarationOf(path).refusals.includes(code))
    expect(common.includes(code) || declaring.length > 0).toBe(true)
  })

  it.each(codes)('has a sentence, an exit class and an HTTP status: %s', (code) => {
    const { error, warning, exit, status } = refusals[code]
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(error).toMatch(/^[A-Z].*\.$/)
    if (warning !== null) expect(warning).toMatch(/^[A-Z]/)
    expect(exitCodes[exit]).toBeGreaterThan(0)
    expect(status).toBeGreaterThanOrEqual(400)
  })
})

/** A daemon whose store fails from now on with what is thrown. */
async function aFailingDaemon(fault: Error) {
  const time = aHandTurnedClock()
  const store = new MemoryStore(time)
  const daemon = await aDaemon({ time, store })
  const ada = await daemon.has('ada@example.org', { credits: 5 })
  store.transaction = () => Promise.reject(fault)
  return { daemon, ada, mend: () => Reflect.deleteProperty(store, 'transaction') }
}

describe('what breaks', () => {
  it('is answered `store_unavailable` where the store cannot be written', async () => {
    const { daemon, ada, mend } = await aFailingDaemon(new StoreUnavailable('No space left on device.'))
    const answer = await ada.says('client action supply credits', { credits: 1 }, { idempotency_key: 'k' })
    expect(answer).toMatchObject({ failed: true, code: 'store_unavailable' })
    expect(JSON.stringify(answer)).not.toContain('No space')
    expect(daemon.faults).toEqual([])
    mend()
    // It was not remembered: the same key does it now.
    expect(await ada.says('client action supply credits', { credits: 1 }, { idempotency_key: 'k' })).toMatchObject({
      ewallet_credits: 6,
    })
  })

  it('is answered `daemon_fault` otherwise, and tells nothing but that', async () => {
    const fault = new Error('secret at /var/lib/ewallet')
    const { daemon, ada, mend } = await aFailingDaemon(fault)
    const answer = await ada.says('client action view account')
    expect(answer).toEqual({
      failed: true,
      code: 'daemon_fault',
      error: refusals.daemon_fault.error,
      warning: refusals.daemon_fault.warning,
    })
    expect(daemon.faults).toEqual([fault])
    daemon.faults.length = 0
    mend()
    expect(await ada.says('client action view account')).toMatchObject({ failed: false })
  })
})
