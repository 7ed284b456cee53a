/** Latencies that differ by more than this factor are drawn on a logarithmic scale. */
const LINEAR_UP_TO = 12

/** 1, 2 and 5 times the powers of ten: what a reader expects on a logarithmic axis. */
const ROUND = [1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7].flatMap((decade) => [
  decade,
  2 * decade,
  5 * decade,
])

/**
 * The scale for latencies in ms. Queueing turns 200 ms into 20 s; linear from 0 where the values allow it,
 * else logarithmic, which the heading says (`remark`), so that both sides of the SLA limit stay readable.
 */
export function latencyScale(valuesMs: readonly number[]) {
  const positive = valuesMs.filter((value) => value > 0)
  const max = Math.max(...positive, 1)
  const min = Math.min(...positive, max)
  if (max / min <= LINEAR_UP_TO) {
    return { remark: '', scale: { domain: [0, 1.05 * max], nice: 5 }, axis: { format: ',~f', tickCount: 5 } }
  }
  const lo = ROUND.findLast((round) => round <= min && round >= 1) ?? 1
  const hi = ROUND.find((round) => round >= max) ?? max
  return {
    remark: ', log scale',
    scale: { type: 'log' as const, domain: [lo, hi], nice: false },
    axis: { format: ',~f', values: roundTicks(lo, hi) },
  }
}

/** Every round number while there is room for its label, else the powers of ten. */
export function roundTicks(lo: number, hi: number): number[] {
  const within = ROUND.filter((round) => round >= lo && round <= hi)
  return within.length <= 6 ? within : within.filter(isPowerOfTen)
}

const isPowerOfTen = (value: number) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9
