import { hashOf } from '../base/hash.ts'
import { faultText } from '../record/faults.ts'
import { RECORD_SCHEMA, type RunHeader, type RunRecord } from '../record/schema.ts'
import type { RunSink } from '../record/sink.ts'
import { assembleEngine } from './assemble.ts'
import { runEngine } from './engine.ts'
import { scheduleFaults } from './faults.ts'
import { Recorder } from './recorder.ts'
import { rolloutFor } from './rollout.ts'
import type { Simulation } from './simulation.ts'

/** What a run counted besides what it told its sink. */
export interface RunCounts {
  /** Further tries of clients. */
  retries: number
}

/**
 * One run of the twin: the trace's arrivals for this seed through the model, under the policy; `sink` is told
 * all that happens, in memory that does not grow with the length of the run. The same simulation tells
 * the same, to the bit. live/run.ts is its counterpart on the real parts.
 * @throws UserError where the model does not know a class of the trace.
 */
export function runSimulation(simulation: Simulation, sink: RunSink): RunCounts {
  const { engine, plant, classes } = assembleEngine(simulation, sink, rolloutFor(simulation))
  sink.start(headerOf(simulation), classes)
  plant.begin()
  scheduleFaults(simulation.faults ?? [], engine, plant, sink)
  runEngine(engine)
  return { retries: engine.clients.retries }
}

/** The same, kept whole. For runs of up to some million requests: a request takes some 80 bytes. */
export function simulate(simulation: Simulation): RunRecord {
  const recorder = new Recorder()
  runSimulation(simulation, recorder)
  return recorder.record()
}

/** Traces and models never change, and many runs share them: a hash takes as long as a short run. */
const hashes = new WeakMap<object, string>()

function hashOnce(value: object): string {
  const known = hashes.get(value) ?? hashOf(value)
  hashes.set(value, known)
  return known
}

function headerOf(simulation: Simulation): RunHeader {
  const { trace, model, control, service, seed } = simulation
  return {
    schema: RECORD_SCHEMA,
    mode: 'sim',
    purpose: 'run',
    state: 'complete',
    startedAt: null,
    seed,
    trace,
    traceHash: hashOnce(trace),
    model: { name: model.name, hash: hashOnce(model) },
    policy: { name: simulation.policy.name, parameters: { ...simulation.parameters } },
    control,
    service,
    app: null,
    prediction: null,
    versions: {},
    host: null,
    ...faultsIn(simulation),
    lateness: null,
    verdict: { valid: true, reasons: [] },
  }
}

function faultsIn({ faults = [] }: Simulation): Pick<RunHeader, 'faults'> {
  return faults.length > 0 ? { faults: faults.map(faultText) } : {}
}
