import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts'],
    globalSetup: ['test/build.ts'],
    env: { TZ: 'UTC', NODE_ENV: 'test' },
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 30_000,
    // What is waited for may take its time where the machine is busy.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
  },
})
