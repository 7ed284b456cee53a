import { predictionInterval } from '../../analysis/interval.ts'
import { costingReplicas, integralS } from '../../analysis/replicas.ts'
import type { Sla } from '../../analysis/sla.ts'
import { type Band, bandOf, type Timeline, timelineOf } from '../../analysis/timeline.ts'
import { monotonicMs, sleep } from '../../base/clock.ts'
import { simulate } from '../../sim/run.ts'
import type { Simulation } from '../../sim/simulation.ts'
import type { Prediction } from './messages.ts'

/** Enough for an interval of 90 % that does not hang on its two outermost runs. */
const RUNS = 40
/** A policy that simulates at each tick takes long: fewer runs are made then. */
const LONGEST_MS = 15_000
const MOST_BINS = 240

interface SimulatedRun {
  timeline: Timeline
  violationShareSoFar: (number | null)[]
  replicaSecondsSoFar: number[]
}

/** Length of the dashboard's bins: a second, or longer where that makes too many of them. */
export function binMsFor(durationMs: number): number {
  return Math.max(1000, 1000 * Math.ceil(durationMs / MOST_BINS / 1000))
}

/**
 * Simulates the plan with seeds counting up from its own; with recorded work, which belongs to one seed, once. Others have a turn after each run.
 * @throws UserError where the model cannot simulate the plan. @throws the signal's reason.
 */
export async function predict(plan: Simulation & { sla: Sla }, signal?: AbortSignal): Promise<Prediction> {
  const startMs = monotonicMs()
  const runs: SimulatedRun[] = []
  const most = plan.work ? 1 : RUNS
  while (runs.length < most && (runs.length === 0 || monotonicMs() - startMs < LONGEST_MS)) {
    await sleep(0, signal)
    runs.push(simulatedRun({ ...plan, seed: plan.seed + runs.length }, plan.sla))
  }
  const timelines = runs.map((run) => run.timeline)
  return {
    runs: runs.length,
    model: plan.model.name,
    replicas: bandOf(timelines, 'replicas'),
    queued: bandOf(timelines, 'queued'),
    p95Ms: bandOf(timelines, 'p95Ms'),
    violationShareSoFar: bandAtEnds(runs, (run) => run.violationShareSoFar),
    replicaSecondsSoFar: bandAtEnds(runs, (run) => run.replicaSecondsSoFar),
  }
}

function simulatedRun(simulation: Simulation, sla: Sla): SimulatedRun {
  const record = simulate(simulation)
  const timeline = timelineOf(record, sla, binMsFor(simulation.trace.durationMs))
  const costing = costingReplicas(record.replicas)
  return {
    timeline,
    violationShareSoFar: violationShareSoFar(timeline),
    replicaSecondsSoFar: timeline.atMs.map((_, k) => integralS(costing, (k + 1) * timeline.binMs)),
  }
}

function violationShareSoFar({ offeredPerS, violationShare }: Timeline): (number | null)[] {
  let offered = 0
  let violating = 0
  return offeredPerS.map((rate, k) => {
    offered += rate
    violating += rate * (violationShare[k] ?? 0)
    return offered === 0 ? null : violating / offered
  })
}

function bandAtEnds(
  runs: readonly SimulatedRun[],
  series: (run: SimulatedRun) => readonly (number | null)[],
): Band {
  const { atMs, binMs } = runs[0]!.timeline
  const intervals = atMs.map((_, k) =>
    predictionInterval(runs.map((run) => series(run)[k] ?? null).filter((value) => value !== null)),
  )
  return {
    atMs: atMs.map((_, k) => (k + 1) * binMs),
    mean: intervals.map((interval) => interval?.mean ?? null),
    lo: intervals.map((interval) => interval?.lo ?? null),
    hi: intervals.map((interval) => interval?.hi ?? null),
  }
}
