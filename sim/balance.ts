import type { Random } from '../base/random.ts'
import type { ServiceSettings } from '../record/schema.ts'

/** What a balance algorithm sees of a server in rotation. */
export interface Candidate {
  readonly name: string
  inFlight: number
  /** Grows with each hand-over: the smallest was used longest ago. */
  lastUsed: number
}

/**
 * Picks one of the servers in rotation (in order of joining), or none: then the request waits in the
 * backend's queue. `limit` is maxconn.
 */
export type Balance = <C extends Candidate>(servers: readonly C[], limit: number) => C | null

/**
 * HAProxy's algorithms (configuration manual 4.2, `balance`) on equal weights:
 *
 *     roundrobin  the one used longest ago
 *     leastconn   fewest connections; among equals the one used longest ago
 *     first       the first in order of joining
 *     random      two draws, the one with fewer connections (power of two choices)
 *
 * The first three look for a server with room. `random` draws among all, and where the drawn one is full
 * the request queues although another may be idle: it does not conserve work (seen on HAProxy 2.6.12).
 */
export function balanceOf(algorithm: ServiceSettings['balance'], random: Random): Balance {
  switch (algorithm) {
    case 'roundrobin':
      return withRoom((servers) => least(servers, (a, b) => a.lastUsed - b.lastUsed))
    case 'leastconn':
      return withRoom((servers) =>
        least(servers, (a, b) => a.inFlight - b.inFlight || a.lastUsed - b.lastUsed),
      )
    case 'first':
      return withRoom((servers) => servers[0]!)
    case 'random':
      return (servers, limit) => {
        if (servers.length === 0) return null
        const draw = () => servers[Math.floor(random() * servers.length)]!
        const first = draw()
        const second = draw()
        const drawn = second.inFlight < first.inFlight ? second : first
        return drawn.inFlight < limit ? drawn : null
      }
  }
}

function withRoom(pick: <C extends Candidate>(servers: readonly C[]) => C): Balance {
  return (servers, limit) => {
    const free = servers.filter(({ inFlight }) => inFlight < limit)
    return free.length === 0 ? null : pick(free)
  }
}

function least<C extends Candidate>(candidates: readonly C[], compare: (a: C, b: C) => number): C {
  let best = candidates[0]!
  for (const candidate of candidates) if (compare(candidate, best) < 0) best = candidate
  return best
}
