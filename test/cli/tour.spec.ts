import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { daemonFile } from '../process.ts'
import { aHome } from './home.ts'
import { masked, replayed } from './tour.ts'

const file = join(import.meta.dirname, '..', '..', 'docs', 'tour.md')

it('docs/tour.md shows what the commands really say: npm run tour', async () => {
  const page = readFileSync(file, 'utf8')
  const [ada, bob] = [aHome(), aHome()]
  // Both speak to one daemon, as two people would.
  await ada.ewallet('daemon start')
  const { url } = daemonFile(ada.folder)
  const fresh = await replayed(page, { ada: { home: ada }, bob: { home: bob, env: { EWALLET_URL: url } } })
  if (process.env.TOUR === 'write') writeFileSync(file, fresh)
  expect(masked(fresh)).toBe(masked(process.env.TOUR === 'write' ? fresh : page))
})
