import { defineConfig } from 'vitest/config'

/** `fast`: everything that needs no container, two files at a time. `live`: the real Podman and HAProxy, and what measures time, one file at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.live.test.ts', 'runs/**'],
          testTimeout: 20_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'live',
          include: ['**/*.live.test.ts'],
          exclude: ['**/node_modules/**', 'runs/**'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
