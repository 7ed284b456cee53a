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

/** A draw from the exponential distribution with mean 1, by inversion. */
export function exponential(random: Random): number {
  return -Math.log(1 - random())
}

/** A draw from the standard normal distribution (Box-Muller, one of the pair, so that the stream stays aligned). */
export function normal(random: Random): number {
  const radius = Math.sqrt(2 * exponential(random))
  return radius * Math.cos(2 * Math.PI * random())
}
