import { defineConfig } from 'vitest/config'

/** The rules alone, for `npm run mutate`: they need no bundle and no processes. */
export default defineConfig({
  test: { include: ['test/domain/**/*.spec.ts'], env: { TZ: 'UTC', NODE_ENV: 'test' } },
})
