/*
 * Textbook formulas, as plainly as they are printed. Rates are per ms, times in ms; c servers, service rate mu
 * each, offered load a = lambda / mu, rho = a / c.
 */

/** Erlang's loss formula B(c, a), by its recursion B(k) = a B(k-1) / (k + a B(k-1)) (Kleinrock, Queueing Systems I, 3.7). */
export function erlangB(servers: number, offered: number): number {
  let blocking = 1
  for (let k = 1; k <= servers; k++) blocking = (offered * blocking) / (k + offered * blocking)
  return blocking
}

/** Erlang's delay formula C(c, a), the probability of waiting in M/M/c (Kleinrock I, 3.5). */
export function erlangC(servers: number, offered: number): number {
  const blocking = erlangB(servers, offered)
  return blocking / (1 - (offered / servers) * (1 - blocking))
}

/** A queue with several servers: utilisation of each, how many, mean service time in ms. */
export interface ManyServers {
  rho: number
  servers: number
  serviceMs: number
}

/** M/M/c, first come first served. With c = 1, C = rho (Kleinrock I, 3.5). */
export function manyServers({ rho, servers, serviceMs }: ManyServers): {
  meanWaitMs: number
  /** P(W > t) = C e^(-(c mu - lambda) t). */
  tail: (tMs: number) => number
} {
  const waiting = erlangC(servers, rho * servers)
  const decayPerMs = (servers * (1 - rho)) / serviceMs
  return {
    meanWaitMs: waiting / decayPerMs,
    tail: (tMs) => waiting * Math.exp(-decayPerMs * tMs),
  }
}

/** Pollaczek and Khinchine, M/G/1: Wq = lambda E[S^2] / (2 (1 - rho)) (Kleinrock I, 5.5). */
export function pollaczekMs({
  rho,
  serviceMs,
  squareMs2,
}: {
  rho: number
  serviceMs: number
  squareMs2: number
}): number {
  return (rho * squareMs2) / (2 * serviceMs * (1 - rho))
}

/**
 * GI/M/1: sojourn S / (1 - sigma), sigma the root below 1 of sigma = A*(mu (1 - sigma)), A* the Laplace transform of
 * the gap between arrivals (Kleinrock I, chapter 6). @param transform A*(mu x) as a function of x.
 */
export function generalArrivalsSojournMs(transform: (x: number) => number, serviceMs: number): number {
  let sigma = 0.5
  for (let i = 0; i < 10_000; i++) sigma = transform(1 - sigma)
  return serviceMs / (1 - sigma)
}

/** Erlang-k gaps of mean 1/lambda: (k rho / (k rho + x))^k. */
export const erlangGaps = (k: number, rho: number) => (x: number) => ((k * rho) / (k * rho + x)) ** k
/** Equal gaps: e^(-x / rho). */
export const equalGaps = (rho: number) => (x: number) => Math.exp(-x / rho)

/** Stationary distribution of a birth-death chain on 0..last (Kleinrock I, 3.1). */
export function birthDeath(
  last: number,
  rates: { up: (state: number) => number; down: (state: number) => number },
): number[] {
  const weights = [1]
  for (let n = 1; n <= last; n++) weights.push((weights[n - 1]! * rates.up(n - 1)) / rates.down(n))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

export const meanOver = (probabilities: readonly number[], of: (state: number) => number): number =>
  probabilities.reduce((sum, probability, n) => sum + probability * of(n), 0)

/** M/M/c/K: at most K in the system (Kleinrock I, 3.10). */
export function limitedRoom({
  rho,
  servers,
  room,
  serviceMs,
}: {
  rho: number
  servers: number
  room: number
  serviceMs: number
}): { lost: number; meanWaitMs: number } {
  const lambda = (rho * servers) / serviceMs
  const p = birthDeath(room, { up: () => lambda, down: (n) => Math.min(n, servers) / serviceMs })
  const lost = p[room]!
  const queued = meanOver(p, (n) => Math.max(0, n - servers))
  return { lost, meanWaitMs: queued / (lambda * (1 - lost)) }
}

/** N users who think for Z and then ask one of c servers: the machine-repair model (Kleinrock I, 3.8 and 3.10). */
export function closedLoop({
  users,
  servers,
  thinkMs,
  serviceMs,
}: {
  users: number
  servers: number
  thinkMs: number
  serviceMs: number
}): { throughputPerMs: number; sojournMs: number } {
  const p = birthDeath(users, {
    up: (n) => (users - n) / thinkMs,
    down: (n) => Math.min(n, servers) / serviceMs,
  })
  const throughputPerMs = meanOver(p, (n) => Math.min(n, servers)) / serviceMs
  return { throughputPerMs, sojournMs: users / throughputPerMs - thinkMs }
}

/**
 * M/M/c+D: who has waited tau leaves the queue (Barrer, Operations Research 5, 1957; by level crossing as in Brill
 * and Posner, Operations Research 25, 1977). With p_k the probability of k < c requests and v the density of the
 * wait that an arrival would have without its patience, theta = c mu - lambda:
 *
 *     v(x) = lambda p_(c-1) e^(-theta x)         below tau: an upcrossing of x for each downcrossing
 *     v(x) = v(tau) e^(-c mu (x - tau))          above: nobody who arrives there is ever served
 *     lost = integral of v above tau
 */
export function impatient({
  rho,
  servers,
  patienceMs,
  serviceMs,
}: {
  rho: number
  servers: number
  patienceMs: number
  serviceMs: number
}): { lost: number; meanWaitMs: number } {
  const lambda = (rho * servers) / serviceMs
  const full = servers / serviceMs
  const theta = full - lambda
  const below = Array.from({ length: servers }, (_, k) => poissonWeight(rho * servers, k))
  const first = lambda * below[servers - 1]!
  const still = Math.exp(-theta * patienceMs)
  const served = (first * (1 - still)) / theta
  const gone = (first * still) / full
  const total = below.reduce((sum, weight) => sum + weight, 0) + served + gone
  const waited = (first * (1 - still * (1 + theta * patienceMs))) / theta ** 2
  return { lost: gone / total, meanWaitMs: waited / (total - gone) }
}

/** a^k / k! */
function poissonWeight(a: number, k: number): number {
  return k === 0 ? 1 : (poissonWeight(a, k - 1) * a) / k
}

/** Two exponential branches with the given mean and squared coefficient of variation, half the work in each (Tijms, A First Course in Stochastic Models, B). */
export function balancedBranches(cs2: number, mean: number): [Branch, Branch] {
  const tilt = Math.sqrt((cs2 - 1) / (cs2 + 1))
  const branch = (probability: number) => ({ probability, mean: mean / (2 * probability) })
  return [branch((1 + tilt) / 2), branch((1 - tilt) / 2)]
}

export interface Branch {
  probability: number
  mean: number
}
