import { vi } from 'vitest'

/** The contract suite over limited policies: a limit must keep what the loop relies on. */
vi.mock('../index.ts', async () => {
  const { limited } = await import('./compose.ts')
  const { pid } = await import('../pid.ts')
  const { threshold } = await import('../threshold.ts')
  return {
    POLICIES: [
      limited(pid, ['clamp']),
      limited(pid, ['rate']),
      limited(pid, ['stabilise']),
      limited(threshold, ['cooldown']),
      limited(pid, ['stabilise', 'rate', 'cooldown', 'clamp']),
    ],
  }
})

await import('../contract.test.ts')
