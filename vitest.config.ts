/** Three speeds: unit (no process, no server), integration (real servers), faults (real processes that die). */
import { defineConfig } from 'vitest/config'

const everywhere = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{event,json,server,client,sdk,cli}/**/*.test.ts', 'test/architecture.test.ts'],
          exclude: [...everywhere, '**/*.integration.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{server,sdk,cli,examples,test/clients}/**/*.integration.test.ts',
            'test/{end-to-end,browser}/**/*.test.ts',
          ],
          exclude: everywhere,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          exclude: everywhere,
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
