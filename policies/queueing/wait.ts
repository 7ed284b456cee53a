import type { Topology } from '../policy.ts'
import { erlangC } from './erlang.ts'

/** A service in its steady state: Poisson arrivals, `servers` replicas that work on one request at a time. */
export interface Queue {
  topology: Topology
  servers: number
  arrivalsPerS: number
  serviceMs: number
  /** Squared coefficient of variation of the service time. */
  serviceScv: number
}

/** Probability of having to wait, and the mean wait of those who do, ms; their wait is taken as exponential. */
export interface Wait {
  probability: number
  meanMs: number
}

/** rho = lambda S / n, the share of time that a server is busy. */
export function utilisationOf({ arrivalsPerS, serviceMs, servers }: Queue): number {
  return (arrivalsPerS * serviceMs) / 1000 / servers
}

/**
 * The wait of a stable queue, by how requests meet replicas. S, cs2: mean and squared coefficient of variation of
 * the service time, n servers, rho < 1, D = S (1 + cs2)/2 the residual service that an arrival finds.
 *
 *     central      M/G/n                  P = C(n, a)       mean = D/(n (1 - rho))
 *     leastconn    shortest queue         P = C(n, a)       mean = D/(n (1 - rho)) + (1 - 1/n) S cs2/2
 *     roundrobin   n x GI/G/1, ca2 = 1/n  see below: every n-th request of a Poisson stream comes more regularly
 *     random       the better of two      P = rho^(2 - 1/n) mean = D (1/n + (1 - 1/n) m + rho/(n (1 - rho)))
 *     first        as random
 *
 * Central: Allen and Cunneen's scaling of M/M/n (Allen, Probability, Statistics and Queueing Theory, 5.3); exact for
 * exponential service, and for one server, where all five are the formula of Pollaczek and Khinchine.
 *
 * The shortest queue and the better of two have no closed form. Ours are interpolations, held against the simulator
 * (queueing.test.ts): the shortest queue is the central one where service does not vary, and otherwise costs the part of a
 * service by which a request sits behind the wrong server; the better of two (HAProxy's `random` draws twice) has
 * m = (rho^2 + rho^6 + rho^14 + ...)/rho^2 of infinitely many servers (Mitzenmacher 2001) and pools as n (1 - rho) gets
 * small. `first` fills servers in turn up to the limit of each: no formula is known to us, and `random` is only a stand-in.
 */
export function waitOf(queue: Queue): Wait {
  const { topology, servers, serviceMs, serviceScv } = queue
  const rho = utilisationOf(queue)
  const residualMs = (serviceMs * (1 + serviceScv)) / 2
  const pooledMs = residualMs / (servers * (1 - rho))
  switch (topology) {
    case 'central':
      return { probability: erlangC(servers, rho * servers), meanMs: pooledMs }
    case 'leastconn': {
      const wrongServerMs = (1 - 1 / servers) * ((serviceMs * serviceScv) / 2)
      return { probability: erlangC(servers, rho * servers), meanMs: pooledMs + wrongServerMs }
    }
    case 'roundrobin':
      return regularArrivals(queue, rho)
    case 'random':
    case 'first': {
      const crowd = 1 / servers + (1 - 1 / servers) * betterOfTwo(rho)
      return {
        probability: rho ** (2 - 1 / servers),
        meanMs: residualMs * (crowd + rho / (servers * (1 - rho))),
      }
    }
  }
}

/** (rho^2 + rho^6 + rho^14 + ...)/rho^2, exponents 2^i - 2: mean wait of those who wait, in services. */
function betterOfTwo(rho: number): number {
  let sum = 0
  for (let exponent = 2; ; exponent = 2 * exponent + 2) {
    const term = rho ** (exponent - 2)
    sum += term
    if (term < 1e-9) return sum
  }
}

/**
 * GI/G/1 with arrivals no more variable than Poisson, ca2 <= 1:
 *
 *     mean of all   rho/(1 - rho) (ca2 + cs2)/2 S g     g = exp(-2 (1 - rho) (1 - ca2)^2 / (3 rho (ca2 + cs2)))
 *     P             rho + (ca2 - 1) rho (1 - rho) h     h = (1 + ca2 + rho cs2) / (1 + rho (cs2 - 1) + rho^2 (4 ca2 + cs2))
 *
 * Source: Kraemer and Langenbach-Belz (1976), as in Whitt, The Queueing Network Analyzer, BSTJ 62 (1983), eq. 44-49.
 */
function regularArrivals({ servers, serviceMs, serviceScv: cs2 }: Queue, rho: number): Wait {
  const ca2 = 1 / servers
  if (rho === 0) return { probability: 0, meanMs: serviceMs }
  const regularity = Math.exp((-2 * (1 - rho) * (1 - ca2) ** 2) / (3 * rho * (ca2 + cs2)))
  const meanOfAllMs = (rho / (1 - rho)) * ((ca2 + cs2) / 2) * serviceMs * regularity
  const h = (1 + ca2 + rho * cs2) / (1 + rho * (cs2 - 1) + rho ** 2 * (4 * ca2 + cs2))
  const probability = Math.min(1, Math.max(0, rho + (ca2 - 1) * rho * (1 - rho) * h))
  return { probability, meanMs: probability > 0 ? meanOfAllMs / probability : serviceMs }
}
