import { generateArrivals } from '../../traces/arrivals.ts'
import type { Arrivals } from '../../traces/trace.ts'

/** How long the rate rises evenly, in the loads that have a beginning. */
export const RAMP_MS = 1000

/** A Poisson stream of reads; with a ramp its rate comes within RAMP_MS from 0, as no load begins at its peak. */
export function poisson(load: {
  ratePerS: number
  durationMs: number
  seed: number
  ramp?: boolean
}): Arrivals {
  const { ratePerS, durationMs, seed, ramp = false } = load
  const rise = ramp ? [{ atMs: 0, ratePerS: 0 }] : []
  const points = [...rise, { atMs: ramp ? RAMP_MS : 0, ratePerS }]
  const trace = { name: 'bench', description: '', process: 'poisson', mix: { read: 1 } } as const
  return generateArrivals({ ...trace, load: { kind: 'rate', points }, durationMs }, seed)
}
