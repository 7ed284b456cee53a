import { RunningReplicas } from '../analysis/runningReplicas.ts'
import { breaksLimit } from '../analysis/violations.ts'
import type { Policy, Rollout, RolloutAnswer, RolloutQuestion } from '../policies/policy.ts'
import { staticPolicy } from '../policies/static.ts'
import { OUTCOMES, type ReplicaEvent } from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'
import { ArrivalStream } from '../traces/arrivalStream.ts'
import type { Trace } from '../traces/trace.ts'
import { assembleEngine } from './assemble.ts'
import { RANK } from './calendar.ts'
import { runEngine } from './engine.ts'
import type { Simulation } from './simulation.ts'

/** Of what the service is made: a run's model and settings, without its trace's times. */
export type Twin = Pick<Simulation, 'model' | 'control' | 'service'> & { mix: Trace['mix'] }

/** Room for the paths of one seed, so that no two questions share a stream. */
const MOST_PATHS = 1000

/**
 * The simulator as an answer to "what if": each target is simulated from now on, on the same paths. A path is a run of its own:
 *
 *     ready replicas     are there at time 0, idle
 *     starting ones      start anew now, with a whole start-up before them: not known is how far they are, and
 *                        this errs on the side of waiting. Draining ones are left out: they are neither of use nor for sale
 *     (where none is ready the proxy answers 503 until one is, as HAProxy does)
 *     the backlog        arrives at time 0, all at once; what it has waited already is not known and not counted
 *     arrivals           Poisson at the question's rates until the horizon, then none; all are served to their end
 *     the target         is asked for at once, after the model's monitoring delay, and stays
 *
 * Seeds are negative, those of runs are not: a policy must not foresee its own run.
 */
export function rolloutOf(twin: Twin): Rollout {
  return (question) => {
    const sums: RolloutAnswer[] = question.targets.map((target) => ({
      target,
      violationShare: 0,
      replicaSeconds: 0,
    }))
    for (let path = 0; path < question.paths; path++) {
      const seed = -(question.seed * MOST_PATHS + path + 1)
      const trace = pathOf(twin, question, seed)
      for (const sum of sums) {
        const outcome = simulateTarget({ ...twin, trace, seed }, question, sum.target)
        sum.violationShare += outcome.violationShare
        sum.replicaSeconds += outcome.replicaSeconds
      }
    }
    return sums.map(({ target, violationShare, replicaSeconds }) => ({
      target,
      violationShare: violationShare / question.paths,
      replicaSeconds: replicaSeconds / question.paths,
    }))
  }
}

/** The rollout of a run on its own model, where its policy needs one. */
export function rolloutFor(
  run: Omit<Twin, 'mix'> & { policy: Policy; trace: Pick<Trace, 'mix'> },
): Rollout | null {
  if (run.policy.needs !== 'rollout') return null
  const { model, control, service, trace } = run
  return rolloutOf({ model, control, service, mix: trace.mix })
}

/** Questions until the answers come as fast as they will: the first takes 20 ms, from the 40th on each takes less than one. */
const WARM_UP = 60

/** The same rollout, of which the engine's code is compiled: on the real set-up its tick shares a thread with the load generator. */
export function warmedUp(rollout: Rollout | null): Rollout | null {
  for (let seed = 0; seed < WARM_UP; seed++) {
    rollout?.({
      seed,
      paths: 1,
      horizonMs: 6000,
      arrivalsPerS: [30],
      replicas: { ready: 3, starting: 0, draining: 0, standby: 0 },
      backlog: 10,
      targets: [2, 3, 4, 5],
      sloMs: 500,
    })
  }
  return rollout
}

/** The arrivals of one path, the same for all targets. */
function pathOf({ mix, control }: Twin, question: RolloutQuestion, seed: number): Trace {
  const { arrivalsPerS, horizonMs, backlog } = question
  const atMs: number[] = new Array(backlog).fill(0)
  const points = arrivalsPerS.flatMap((ratePerS, i) => [
    { atMs: i * control.intervalMs, ratePerS },
    { atMs: (i + 1) * control.intervalMs, ratePerS },
  ])
  const trace = { name: 'rollout', description: '', mix, durationMs: horizonMs, process: 'poisson' as const }
  if (arrivalsPerS.some((rate) => rate > 0)) {
    const arrivals = new ArrivalStream({ ...trace, load: { kind: 'rate', points } }, seed)
    for (; arrivals.atMs < Number.POSITIVE_INFINITY; arrivals.advance()) atMs.push(arrivals.atMs)
  }
  return { ...trace, load: { kind: 'arrivals', atMs } }
}

function simulateTarget(
  { model, control, service, trace, seed }: Omit<Twin, 'mix'> & { trace: Trace; seed: number },
  { replicas, horizonMs, sloMs }: RolloutQuestion,
  target: number,
): Omit<RolloutAnswer, 'target'> {
  const sink = new Tally(sloMs, horizonMs)
  const noTicks = { ...control, intervalMs: 2 * horizonMs, initialReplicas: replicas.ready }
  const { engine, plant } = assembleEngine(
    { model, service, trace, seed, control: noTicks, policy: staticPolicy, parameters: {} },
    sink,
  )
  plant.begin()
  engine.calendar.later(model.monitoring.delayMs.estimate, RANK.replica, () => plant.scaleTo(target))
  runEngine(engine)
  return sink.outcome()
}

/** What the question is about and nothing else. */
class Tally implements RunSink {
  readonly #sloMs: number
  readonly #replicas: RunningReplicas
  #requests = 0
  #violating = 0

  constructor(sloMs: number, horizonMs: number) {
    this.#sloMs = sloMs
    this.#replicas = new RunningReplicas(horizonMs)
  }

  start(): void {}

  tick(): void {}

  request(ended: EndedRequests, slot: number): void {
    this.#requests++
    const ok = OUTCOMES[ended.outcome(slot)] === 'ok'
    if (breaksLimit(ok, ended.doneMs(slot) - ended.intendedMs(slot), this.#sloMs)) this.#violating++
  }

  replica(event: ReplicaEvent): void {
    this.#replicas.event(event)
  }

  outcome(): Omit<RolloutAnswer, 'target'> {
    return {
      violationShare: this.#requests === 0 ? 0 : this.#violating / this.#requests,
      replicaSeconds: this.#replicas.figures().replicaSeconds,
    }
  }
}
