import type { ControlSettings, TickRow } from '../../record/schema.ts'
import type { Trace } from '../../traces/trace.ts'
import type { Experiment } from './experiments.ts'
import { PROBE_DONE, probeStarts, STARTS_AT_MOST } from './probeStarts.ts'

/** Rounds of one start, and of three at once, of each experiment. */
export interface StartupPace {
  rounds: { single: number; together: number }
  kinds: readonly StartKind[]
}

/** By which method while nothing is asked, and cold beside a busy fleet. */
export const START_KINDS = ['cold', 'created', 'paused', 'loaded'] as const
export type StartKind = (typeof START_KINDS)[number]

/** For a first fit in about 100 s, and for one that is quoted. */
export const STARTUP_PACE: Record<'quick' | 'thorough', StartupPace> = {
  quick: { rounds: { single: 3, together: 1 }, kinds: START_KINDS },
  thorough: { rounds: { single: 12, together: 4 }, kinds: START_KINDS },
}

/** Requests to the loaded fleet: their classes, and how many a second one replica can serve. */
export interface StartupLoad {
  mix: Trace['mix']
  onePerS: number
}

/** A run in which each start tells its phases in full. */
export interface StartupExperiment extends Experiment {
  probeAnswers: true
}

/** The loaded fleet, and its utilisation while no further replica is there. */
const LOADED_REPLICAS = 2
const UTILISATION = 0.6
/** A round with load, about: starts, rests and drains. The trace must be as long as all of them. */
const LOADED_ROUND_MS = { single: 5000, together: 8000 }
/** A round without load, at most. */
const IDLE_ROUND_MS = 30_000
/** Pause between two steps; with stand-bys so long that those which were used are replaced meanwhile. */
const REST_MS = 600
const REFILL_REST_MS = 1500

/**
 * Experiment (c): replicas start and stop, one at a time and three at once, without load by each method, and cold
 * while two replicas are kept busy.
 */
export function startupExperiments(pace: StartupPace, load: StartupLoad): StartupExperiment[] {
  return pace.kinds.map((kind) => experimentOf(kind, pace, load))
}

function experimentOf(kind: StartKind, pace: StartupPace, load: StartupLoad): StartupExperiment {
  const name = `startup-${kind}`
  return kind === 'loaded' ? loaded(name, pace, load) : idle(name, pace.rounds, kind === 'cold' ? null : kind)
}

/** How long one of them takes, about, ms: those without load end when they are done, about as soon as the loaded one. */
export function startupMs({ rounds }: StartupPace): number {
  return rounds.single * LOADED_ROUND_MS.single + rounds.together * LOADED_ROUND_MS.together
}

function idle(
  name: string,
  rounds: StartupPace['rounds'],
  method: NonNullable<ControlSettings['standby']>['method'] | null,
): StartupExperiment {
  const durationMs = (rounds.single + rounds.together) * IDLE_ROUND_MS
  const trace = constant('no-load', 'No request at all', { ratePerS: 0, mix: { read: 1 }, durationMs })
  const standby = method && { method, size: STARTS_AT_MOST }
  const parameters = { ...rounds, restMs: method ? REFILL_REST_MS : REST_MS }
  return { ...probe(1, { name, parameters, trace, standby }), endsWhen: isDone }
}

/** Its load goes on to the end of the trace: a run that stopped before would leave requests unanswered. */
function loaded(name: string, pace: StartupPace, { mix, onePerS }: StartupLoad): StartupExperiment {
  const ratePerS = UTILISATION * LOADED_REPLICAS * onePerS
  const trace = constant('busy', `${LOADED_REPLICAS} replicas at ${100 * UTILISATION} % utilisation`, {
    ratePerS,
    mix,
    durationMs: startupMs(pace),
  })
  const parameters = { ...pace.rounds, restMs: REST_MS }
  return probe(LOADED_REPLICAS, { name, parameters, trace, standby: null })
}

const isDone = ({ decision }: TickRow) => decision.reason === PROBE_DONE

function probe(
  replicas: number,
  own: Pick<Experiment, 'name' | 'parameters' | 'trace'> & Pick<ControlSettings, 'standby'>,
): StartupExperiment {
  const { standby, ...experiment } = own
  return {
    ...experiment,
    purpose: 'startup',
    policy: probeStarts,
    control: {
      intervalMs: 250,
      windowMs: 1000,
      minReplicas: replicas,
      maxReplicas: replicas + STARTS_AT_MOST,
      initialReplicas: replicas,
      standby,
    },
    probeAnswers: true,
  }
}

function constant(
  name: string,
  description: string,
  { ratePerS, mix, durationMs }: { ratePerS: number; mix: Trace['mix']; durationMs: number },
): Trace {
  const points = [
    { atMs: 0, ratePerS },
    { atMs: durationMs, ratePerS },
  ]
  return { name, description, load: { kind: 'rate', points }, process: 'poisson', mix, durationMs }
}
