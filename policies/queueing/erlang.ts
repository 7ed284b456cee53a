/**
 * Erlang's formulas for c servers with one queue, offered load a = arrival rate x mean service time [Erlang].
 */

/** B(c, a), the share that finds all servers busy where nobody waits: B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)). */
export function erlangB(servers: number, offered: number): number {
  let blocked = 1
  for (let k = 1; k <= servers; k++) blocked = (offered * blocked) / (k + offered * blocked)
  return blocked
}

/**
 * C(c, a) = B / (1 - rho (1 - B)), rho = a / c < 1: the probability of waiting in M/M/c.
 * Source: Kleinrock, Queueing Systems I, 3.5 and 3.7.
 */
export function erlangC(servers: number, offered: number): number {
  const blocked = erlangB(servers, offered)
  return blocked / (1 - (offered / servers) * (1 - blocked))
}
