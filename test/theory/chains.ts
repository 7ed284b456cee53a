import { type Chain, expectation, stationary } from './chain.ts'
import type { ManyServers } from './closedForms.ts'

/*
 * Queues without a closed form, solved as Markov chains that are cut off where less than 1e-9 of the
 * probability lies. Waits follow from mean numbers by Little's law. Rates are per ms.
 */

/** Erlang-2 service with c servers; the phase is the number of requests in their second stage. */
export function erlang2WaitMs({ rho, servers, serviceMs }: ManyServers) {
  const lambda = (rho * servers) / serviceMs
  const stage = 2 / serviceMs
  return waitMs(servers, lambda, (n, second, go) => {
    const busy = Math.min(n, servers)
    if (second > busy) return go(n, 0, 1)
    go(n + 1, second, lambda)
    go(n, second + 1, (busy - second) * stage)
    go(n - 1, second - 1, second * stage)
  })
}

/** Hyperexponential service of two branches with c servers; the phase is the number in service of the first branch. */
export function hyperexponentialWaitMs({
  lambda,
  servers,
  branches: [one, two],
}: {
  lambda: number
  servers: number
  branches: readonly [{ probability: number; mean: number }, { probability: number; mean: number }]
}) {
  return waitMs(servers, lambda, (n, first, go) => {
    const busy = Math.min(n, servers)
    if (first > busy) return go(n, 0, 1)
    const endOne = first / one.mean
    const endTwo = (busy - first) / two.mean
    if (n < servers) {
      go(n + 1, first + 1, lambda * one.probability)
      go(n + 1, first, lambda * two.probability)
    } else go(n + 1, first, lambda)
    if (n <= servers) {
      go(n - 1, first - 1, endOne)
      go(n - 1, first, endTwo)
      return
    }
    // Whoever ends is followed by the head of the queue, whose branch is drawn now.
    go(n - 1, first, endOne * one.probability + endTwo * two.probability)
    go(n - 1, first - 1, endOne * two.probability)
    go(n - 1, first + 1, endTwo * one.probability)
  })
}

function waitMs(servers: number, lambda: number, from: Chain['from']): number {
  const p = stationary({ levels: 800, phases: servers + 1, from })
  return expectation(p, (n) => Math.max(0, n - servers)) / lambda
}

/**
 * M/D/c: whoever is in service now is gone after S, and nobody else, so the number in the system goes from n to
 * max(0, n - c) + Poisson(lambda S) (Crommelin, Post Office Electrical Engineers' Journal 25, 1932; Tijms, A First
 * Course in Stochastic Models, 9.6.1). Iterated until it stays.
 */
export function constantServiceWaitMs({ rho, servers, serviceMs }: ManyServers): number {
  const offered = rho * servers
  const most = 600
  const arrivals = [Math.exp(-offered)]
  while (arrivals.length < offered || arrivals.at(-1)! > 1e-18)
    arrivals.push((arrivals.at(-1)! * offered) / arrivals.length)
  let p = new Float64Array(most + 1)
  p[0] = 1
  for (let change = 1; change > 1e-15; ) {
    const next = new Float64Array(most + 1)
    for (let n = 0; n <= most; n++) {
      if (p[n]! < 1e-30) continue
      const left = Math.max(0, n - servers)
      for (let k = 0; k < arrivals.length && left + k <= most; k++) next[left + k]! += p[n]! * arrivals[k]!
    }
    change = next.reduce((largest, value, n) => Math.max(largest, Math.abs(value - p[n]!)), 0)
    p = next
  }
  const queued = p.reduce((sum, value, n) => sum + value * Math.max(0, n - servers), 0)
  return (queued * serviceMs) / offered
}

/** MMPP/M/1 with two states of the arrivals; the phase is the state. */
export function burstyWaitMs({
  lambda,
  burst: [calm, busy],
  serviceMs,
}: {
  lambda: number
  burst: readonly [{ factor: number; meanMs: number }, { factor: number; meanMs: number }]
  serviceMs: number
}): number {
  const states = [calm, busy]
  const p = stationary({
    levels: 1500,
    phases: 2,
    from(n, state, go) {
      go(n + 1, state, lambda * states[state]!.factor)
      go(n - 1, state, 1 / serviceMs)
      go(n, 1 - state, 1 / states[state]!.meanMs)
    },
  })
  return expectation(p, (n) => n) / lambda - serviceMs
}

/**
 * Two servers with a queue each, exponential service; the level is the shorter queue, the phase by how much the
 * other is longer. An arrival joins the shorter one with probability `shorter`: 1 is join the shortest queue
 * (Kingman, Annals of Mathematical Statistics 32, 1961), 3/4 the better of two draws with replacement.
 */
export function twoQueuesSojournMs({
  rho,
  shorter,
  serviceMs,
}: {
  rho: number
  shorter: number
  serviceMs: number
}): number {
  const lambda = (2 * rho) / serviceMs
  const mu = 1 / serviceMs
  const p = stationary({
    levels: 150,
    phases: shorter === 1 ? 25 : 40,
    from(least, more, go) {
      if (more === 0) {
        go(least, 1, lambda)
        if (least > 0) go(least - 1, 1, 2 * mu)
        return
      }
      go(least + 1, more - 1, lambda * shorter)
      go(least, more + 1, lambda * (1 - shorter))
      go(least, more - 1, mu)
      if (least > 0) go(least - 1, more + 1, mu)
    },
  })
  return expectation(p, (least, more) => 2 * least + more) / lambda
}
