import { startServer } from './server.ts'

/** One server for all specs of a run. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startServer()
  process.env.EWALLET_TEST_POSTGRES = server.url
  return () => server.end()
}
