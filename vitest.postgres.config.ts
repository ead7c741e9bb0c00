import { defineConfig } from 'vitest/config'

/** The specs of the instructions, decisions and kills once more, on a store in PostgreSQL, and all that is about PostgreSQL alone. */
export default defineConfig({
  test: {
    include: [
      'test/instructions/**/*.spec.ts',
      'test/decisions/**/*.spec.ts',
      'test/ownership.spec.ts',
      'test/faults/kill.spec.ts',
      'test/postgres/**/*.spec.ts',
    ],
    globalSetup: ['test/build.ts', 'test/postgres/shared-server.ts'],
    env: { TZ: 'UTC', NODE_ENV: 'test', EWALLET_TEST_STORE: 'postgres' },
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
  },
})
