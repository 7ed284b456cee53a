import { quantileSorted } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import type { Estimate } from './bootstrap.ts'
import {
  answersPerBusyS,
  type BusySpell,
  busySpells,
  capacityOf,
  type Step,
  stepsOf,
  unloadedMs,
} from './saturation.ts'

/** The saturation point of one server. */
export interface Knee {
  /**
   * Most that it answers, requests/s, with the 95 % interval; null where nothing ever waited or was refused.
   * Where no step was beyond it (`saturated` false) it is extrapolated from those requests that waited.
   */
  capacityPerS: Estimate | null
  /** Whether a step offered more than the capacity. */
  saturated: boolean
  /** What stops it: it is busy all the time, or it refuses (429) what is above its rate limit. Null where unknown. */
  limitedBy: 'work' | 'refusals' | null
  /** Times (of one request, or of one second with refusals) that the capacity was found from. */
  spells: number
  /** Most that was offered and answered in a step, requests/s. */
  mostOfferedPerS: number
  mostAnsweredPerS: number
  latency: LatencyKnee | null
}

/** The knee that users see: where the 95th percentile of the response time exceeds twice that of the unloaded server. */
export interface LatencyKnee {
  unloadedP95Ms: number
  /** Interpolated between the two steps around it, requests/s; null where no step was slow enough. */
  ratePerS: number | null
  /** The highest offered rate below the knee and the lowest above; null where there is none. */
  belowPerS: number | null
  abovePerS: number | null
}

/** Fewer times in service, or seconds with refusals, than this tell no capacity. */
const FEWEST_SPELLS = 10
const FEWEST_SECONDS = 5
/** A step that offers this share of the capacity or more shows the server as it is when saturated. */
const NEAR_SATURATION = 0.9
/**
 * A step with this share of 429 that leaves the server idle for a fifth of the time is limited by refusals. With fewer
 * not every window of the limit is full.
 */
const REFUSING = 0.3
const BUSY = 0.8
const SECOND_MS = 1000

/**
 * Capacity by the busy-time law, in steps near or beyond saturation and while their queue drains:
 *
 *     capacity = sum of answers / sum of busy times        over all busy spells (saturation.ts)
 *
 * which no backlog that one step hands to the next can bias, as it biases answers counted a step. The interval is a
 * bootstrap over spells: times in service are independent of each other. Where a rate limit refuses before the
 * server is busy, spells are the seconds of the refusing steps.
 * @param records staircases over one server (live calibrate saturation), all of one setting.
 */
export function kneeOf(records: readonly RunRecord[]): Knee {
  const staircases = records.map(staircaseOf)
  const parts = staircases.flat()
  const refusing = parts.filter(
    ({ rejectedShare, busyShare }) => rejectedShare >= REFUSING && busyShare < BUSY,
  )
  const byWork = parts.flatMap(({ spells }) => spells)
  const rough = answersPerBusyS(byWork)
  const near = parts.filter(({ step }) => rough !== null && step.offeredPerS >= NEAR_SATURATION * rough)
  const nearby = near.flatMap(({ spells }) => spells)
  const spells =
    refusing.length > 0
      ? refusing.flatMap(({ seconds }) => seconds)
      : nearby.length >= FEWEST_SPELLS
        ? nearby
        : byWork
  const fewest = refusing.length > 0 ? FEWEST_SECONDS : FEWEST_SPELLS
  const capacityPerS = spells.length >= fewest ? capacityOf(spells) : null
  const steps = parts.map(({ step }) => step)
  const mostOfferedPerS = Math.max(0, ...steps.map((step) => step.offeredPerS))
  return {
    capacityPerS,
    saturated: capacityPerS !== null && mostOfferedPerS > capacityPerS.estimate,
    limitedBy: capacityPerS === null ? null : refusing.length > 0 ? 'refusals' : 'work',
    spells: spells.length,
    mostOfferedPerS,
    mostAnsweredPerS: Math.max(0, ...steps.map((step) => step.completedPerS)),
    latency: latencyKneeOf(steps, records.flatMap(unloadedMs)),
  }
}

interface Part {
  step: Step
  /** Begun in the step or in the pause behind it, in which its queue drains. */
  spells: BusySpell[]
  /** Of the step itself. */
  busyShare: number
  rejectedShare: number
  seconds: BusySpell[]
}

function staircaseOf(record: RunRecord): Part[] {
  const all = busySpells(record)
  const steps = stepsOf(record)
  return steps.map((step, i) => {
    const endMs = steps[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY
    const spells = all.filter(({ fromMs }) => fromMs >= step.fromMs && fromMs < endMs)
    const within = spells.filter(({ fromMs }) => fromMs < step.toMs)
    const busyMs = within.reduce((sum, { ms }) => sum + ms, 0)
    return {
      step,
      spells,
      busyShare: busyMs / (step.toMs - step.fromMs),
      rejectedShare: rejectedShareOf(record, step),
      seconds: secondsOf(record, step),
    }
  })
}

function rejectedShareOf({ requests }: RunRecord, { fromMs, toMs }: Step): number {
  let intended = 0
  let rejected = 0
  requests.intendedMs.forEach((ms, i) => {
    if (ms < fromMs || ms >= toMs) return
    intended++
    if (requests.outcome[i] === 'rejected') rejected++
  })
  return intended === 0 ? 0 : rejected / intended
}

/** The step's whole seconds, with the answers of each. */
function secondsOf({ requests }: RunRecord, { fromMs, toMs }: Step): BusySpell[] {
  const seconds = Array.from({ length: Math.floor((toMs - fromMs) / SECOND_MS) }, (_, k) => ({
    fromMs: fromMs + k * SECOND_MS,
    ms: SECOND_MS,
    answers: 0,
  }))
  requests.doneMs.forEach((ms, i) => {
    const second = seconds[Math.floor((ms - fromMs) / SECOND_MS)]
    if (second && requests.outcome[i] === 'ok') second.answers++
  })
  return seconds
}

function latencyKneeOf(steps: readonly Step[], unloaded: readonly number[]): LatencyKnee | null {
  if (unloaded.length === 0) return null
  const unloadedP95Ms = quantileSorted(
    [...unloaded].sort((a, b) => a - b),
    0.95,
  )
  const limitMs = 2 * unloadedP95Ms
  const curve = rising(steps)
  const at = curve.findIndex(({ p95Ms }) => p95Ms > limitMs)
  const above = curve[at]
  const below = at < 0 ? curve.at(-1) : curve[at - 1]
  const share = above && below ? (limitMs - below.p95Ms) / (above.p95Ms - below.p95Ms) : null
  return {
    unloadedP95Ms,
    ratePerS: share === null ? null : below!.ratePerS + share * (above!.ratePerS - below!.ratePerS),
    belowPerS: below?.ratePerS ?? null,
    abovePerS: above?.ratePerS ?? null,
  }
}

/** p95 of the response time at an offered rate, and how many requests say so. */
export interface LatencyAt {
  ratePerS: number
  p95Ms: number
  weight: number
}

/**
 * The p95 by offered rate, made to rise: neighbours in the wrong order are pooled, weighted by their requests.
 * Source: pool adjacent violators, Barlow et al., Statistical Inference under Order Restrictions (1972), 1.2.
 */
export function rising(steps: readonly Step[]): LatencyAt[] {
  const sorted = steps
    .flatMap(({ offeredPerS, p95Ms, fromMs, toMs }): LatencyAt[] =>
      p95Ms === null ? [] : [{ ratePerS: offeredPerS, p95Ms, weight: offeredPerS * (toMs - fromMs) }],
    )
    .sort((a, b) => a.ratePerS - b.ratePerS)
  const pooled: LatencyAt[] = []
  for (const next of sorted) {
    let last = next
    while (pooled.length > 0 && pooled.at(-1)!.p95Ms >= last.p95Ms) last = pool(pooled.pop()!, last)
    pooled.push(last)
  }
  return pooled
}

function pool(a: LatencyAt, b: LatencyAt): LatencyAt {
  const weight = a.weight + b.weight
  const mean = (of: 'ratePerS' | 'p95Ms') => (a[of] * a.weight + b[of] * b.weight) / weight
  return { ratePerS: mean('ratePerS'), p95Ms: mean('p95Ms'), weight }
}
