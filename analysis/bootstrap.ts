import { mean, quantileSorted } from 'simple-statistics'
import { stream } from '../base/random.ts'

/** A number with its 95 % interval; the ends are null where the sample was too small to give them. */
export interface Estimate {
  estimate: number
  lo: number | null
  hi: number | null
}

/**
 * Percentile bootstrap interval (95 %) of any statistics of a sample, all from the same resamples.
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), 13.
 * @param statistics what to compute; a resample for which it returns null is left out.
 */
export function bootstrap(
  sample: readonly number[],
  statistics: (resample: number[]) => Record<string, number> | null,
  options: { resamples: number; seed: number },
): Record<string, Estimate> {
  const random = stream(options.seed, 'bootstrap')
  const estimates = statistics([...sample])
  if (estimates === null) return {}
  const draws: Record<string, number[]> = Object.fromEntries(Object.keys(estimates).map((name) => [name, []]))
  for (let r = 0; r < options.resamples; r++) {
    const resample = sample.map(() => sample[Math.floor(random() * sample.length)]!)
    const values = statistics(resample)
    if (values) for (const name of Object.keys(draws)) draws[name]!.push(values[name]!)
  }
  return Object.fromEntries(
    Object.entries(draws).map(([name, values]) => {
      values.sort((a, b) => a - b)
      const bound = (p: number) => (values.length > 0 ? quantileSorted(values, p) : null)
      return [name, { estimate: estimates[name]!, lo: bound(0.025), hi: bound(0.975) }]
    }),
  )
}

/** Bootstrap interval of the mean. */
export function meanEstimate(sample: readonly number[], seed = 1): Estimate {
  return bootstrap(sample, (values) => ({ mean: mean(values) }), { resamples: 1000, seed }).mean!
}
