import type { Random } from '../base/random.ts'
import type { ServiceSettings } from '../record/schema.ts'

/** What a balance algorithm sees of a server in rotation. */
export interface Candidate {
  readonly name: string
  inFlight: number
  /** Grows with each hand-over: the smallest was used longest ago. */
  lastUsed: number
}

/** Picks among `eligible` (never empty, in order of joining). */
export type Balance = <C extends Candidate>(eligible: readonly C[]) => C

/**
 * HAProxy's algorithms (configuration manual 4.2, `balance`) on equal weights:
 *
 *     roundrobin  the one used longest ago
 *     leastconn   fewest connections; among equals the one used longest ago
 *     random      two draws, the one with fewer connections (power of two choices)
 *     first       the first in order of joining
 */
export function balanceOf(algorithm: ServiceSettings['balance'], random: Random): Balance {
  switch (algorithm) {
    case 'roundrobin':
      return (eligible) => least(eligible, (a, b) => a.lastUsed - b.lastUsed)
    case 'leastconn':
      return (eligible) => least(eligible, (a, b) => a.inFlight - b.inFlight || a.lastUsed - b.lastUsed)
    case 'random':
      return (eligible) => {
        const draw = () => eligible[Math.floor(random() * eligible.length)]!
        const first = draw()
        const second = draw()
        return second.inFlight < first.inFlight ? second : first
      }
    case 'first':
      return (eligible) => eligible[0]!
  }
}

function least<C extends Candidate>(candidates: readonly C[], compare: (a: C, b: C) => number): C {
  let best = candidates[0]!
  for (const candidate of candidates) if (compare(candidate, best) < 0) best = candidate
  return best
}
