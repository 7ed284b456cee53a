import seedrandom from 'seedrandom'

/** Uniform on [0, 1): the only source of chance in the project. */
export type Random = () => number

/**
 * One stream a subject, all from one seed: drawing more from `service` changes nothing in `arrivals`,
 * so two policies meet the same arrivals and the same work (common random numbers).
 * Generator: Alea (Baagoe), from seedrandom; the stream's key is `<seed>/<subject>`.
 */
export function stream(seed: number, subject: string): Random {
  return seedrandom.alea(`${seed}/${subject}`)
}

/** Which of the weights (at least one, `total` in all) a uniform draw falls to; the last also takes what rounding leaves. */
export function weightedIndex(weights: ArrayLike<number>, total: number, uniform: number): number {
  const last = weights.length - 1
  let rest = uniform * total - weights[0]!
  let index = 0
  while (rest >= 0 && index < last) rest -= weights[++index]!
  return index
}

/** A draw from the exponential distribution with mean 1, by inversion. */
export function exponential(random: Random): number {
  return -Math.log(1 - random())
}

/** A draw from the standard normal distribution (Box-Muller, one of the pair, so that the stream stays aligned). */
export function normal(random: Random): number {
  const radius = Math.sqrt(2 * exponential(random))
  return radius * Math.cos(2 * Math.PI * random())
}

/** 128 bits in hexadecimal that nobody guesses: the one thing here that is not the same twice. */
export function secretToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
