/** A time at one rate, and the pause behind it in which the queue drains. */
export interface LoadStep {
  ratePerS: number
  durationMs: number
  pauseMs: number
}

/** How long a saturation experiment may take and how precise it has to be. */
export interface SaturationPace {
  /** Shortest step. */
  stepMs: number
  /** Longest round after the first. */
  roundMs: number
  rounds: number
  /** Wanted width of the capacity's 95 % interval over the capacity. */
  precision: number
}

/** What the rounds so far have told (analysis/knee.ts finds it). */
export interface Known {
  rounds: number
  /** A guess from the settings, requests/s: all that the first round has. */
  guessPerS: number
  /** Capacity with its 95 % interval, requests/s; null where nothing ever waited or was refused. */
  capacity: { estimate: number; lo: number; hi: number } | null
  /** Whether a step was beyond the capacity. */
  saturated: boolean
  /** Independent values that the interval came from. */
  samples: number
  mostAnsweredPerS: number
  /** 95th percentile of the response time while nothing else was asked, ms; null where unknown. */
  unloadedP95Ms: number | null
  limitedBy: 'work' | 'refusals' | null
}

/** The first round's steps over the guess: one that tells the unloaded times, one in between, one that should be too much. */
const FIRST = [0.2, 0.6, 1.2]
/** Later steps over the capacity known so far, and their part of the round: most of the time goes to the knee and beyond it. */
const NEAR_KNEE = [
  { share: 0.6, part: 1 },
  { share: 0.8, part: 1 },
  { share: 0.9, part: 1.5 },
  { share: 1, part: 2 },
  { share: 1.1, part: 2 },
  { share: 1.2, part: 1.5 },
]
/** Who refuses by a fixed window of time needs more than 1.2 times its limit before every window is full. */
const NEAR_LIMIT = [
  { share: 0.8, part: 1 },
  { share: 1, part: 1 },
  { share: 1.5, part: 1 },
  { share: 2, part: 2 },
]
/** Where the capacity is unknown, the next round is centred on this multiple of the most that was answered, or on 1 / unloaded p95. */
const FURTHER = 2
/** Steps at this share of the capacity or more leave a queue behind. */
const LEAVES_A_QUEUE = 0.9

/**
 * The steps of the next round; none where the capacity is known well enough or the rounds are used up.
 * A round takes as long as it needs to reach the precision, as the interval narrows with the square root
 * of the samples, within the pace's bounds.
 */
export function nextRates(known: Known, pace: SaturationPace): LoadStep[] {
  if (known.rounds >= pace.rounds) return []
  const { capacity, guessPerS } = known
  if (known.rounds === 0) return FIRST.map((share) => stepAt(share, guessPerS, pace.stepMs))
  const width = capacity && (capacity.hi - capacity.lo) / capacity.estimate
  if (known.saturated && width !== null && width <= pace.precision) return []
  const centrePerS = capacity?.estimate ?? centreWithoutCapacity(known)
  const steps = plannedShares(known)
  const missing = width === null ? 0 : known.samples * ((width / pace.precision) ** 2 - 1)
  const neededMs = 1000 * (known.limitedBy === 'refusals' ? missing : missing / centrePerS)
  const parts = steps.reduce((sum, { part }) => sum + part, 0)
  const unitMs = Math.max(pace.stepMs, Math.min(neededMs, pace.roundMs) / parts)
  const drafted = (ms: number) => steps.map(({ share, part }) => stepAt(share, centrePerS, part * ms))
  // Pauses are within the bound too; a drained queue is as good a sample as a step.
  const tooLong = lengthOf(drafted(unitMs)) / pace.roundMs
  return drafted(tooLong > 1 ? unitMs / tooLong : unitMs)
}

/** One request after the other, nearly all as long as the unloaded ones at most: so many a second any server can do. */
function centreWithoutCapacity({ mostAnsweredPerS, unloadedP95Ms, guessPerS }: Known): number {
  const oneByOnePerS = unloadedP95Ms ? 1000 / unloadedP95Ms : 0
  return Math.max(FURTHER * mostAnsweredPerS, oneByOnePerS) || guessPerS
}

function plannedShares({ limitedBy, rounds }: Known): typeof NEAR_KNEE {
  if (limitedBy === 'refusals') return NEAR_LIMIT
  // What is lightly loaded shows the latency, for which one round is enough; from then on it is about the capacity.
  return rounds === 1 ? NEAR_KNEE : NEAR_KNEE.filter(({ share }) => share >= LEAVES_A_QUEUE)
}

/** Length of a round, ms. */
export function lengthOf(steps: readonly LoadStep[]): number {
  return steps.reduce((sum, { durationMs, pauseMs }) => sum + durationMs + pauseMs, 0)
}

/** Longest time that the load of all rounds can take, ms. */
export function longestMs(pace: SaturationPace, guessPerS: number): number {
  const first = lengthOf(nextRates(nothingKnown(guessPerS), pace))
  return first + (pace.rounds - 1) * pace.roundMs
}

export function nothingKnown(guessPerS: number): Known {
  return {
    rounds: 0,
    guessPerS,
    capacity: null,
    saturated: false,
    samples: 0,
    mostAnsweredPerS: 0,
    unloadedP95Ms: null,
    limitedBy: null,
  }
}

/**
 * The pause lets the expected queue drain: what came beyond the capacity c during the step, and twice the standard deviation of
 * what Poisson arrivals leave by chance,
 *
 *     pause = ((x - c) T + sqrt(2 x T)) / c      x offered rate, T length of the step; none below 0.9 c
 */
function stepAt(share: number, capacityPerS: number, ms: number): LoadStep {
  const ratePerS = Number((share * capacityPerS).toPrecision(4))
  const durationMs = Math.round(ms / 100) * 100
  const offered = (ratePerS * durationMs) / 1000
  const left = Math.max(0, share - 1) * capacityPerS * (durationMs / 1000) + Math.sqrt(2 * offered)
  const pauseMs = share < LEAVES_A_QUEUE ? 0 : Math.round((left / capacityPerS) * 10) * 100
  return { ratePerS, durationMs, pauseMs }
}
