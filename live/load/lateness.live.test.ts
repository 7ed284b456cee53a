import { expect, it } from 'vitest'
import { runClock } from '../../base/clock.ts'
import { poisson } from '../../bench/load/arrivals.ts'
import { startPeer } from '../../bench/load/startPeer.ts'
import { goFirst } from '../priority.ts'
import { generateLoad } from './loadgen.ts'
import { warmUp } from './warmUp.ts'

/**
 * How late the generator is, with its server in another process: among the tests that run one at a time, since others on
 * the same cores would make it late. The bound is for machines that others use, too, and the retries are for their worst
 * moments; what a quiet one does is measured by `npm run bench:load`.
 */
it.each([50, 1000])('%d/s keep to their times', { retry: 3 }, async (ratePerS) => {
  const undo = goFirst()
  const peer = await startPeer(null)
  try {
    await warmUp()
    const { lateness, byOutcome, sent } = await generateLoad({
      url: peer.url,
      arrivals: poisson({ ratePerS, durationMs: 3000, seed: 1 }),
      seed: 7,
      now: runClock(),
      timeoutMs: 5000,
      onDone: () => {},
    })
    const { p50, p99, max } = lateness!
    console.log(
      `lateness at ${ratePerS}/s: p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, max ${max.toFixed(2)} ms`,
    )
    expect(byOutcome.ok).toBe(sent)
    expect(p99).toBeLessThan(20)
  } finally {
    peer.stop()
    undo()
  }
})
