/**
 * One run of one case by ScaleTwin, for bench/bench.ts, as a process of its own. A short run warms the engine
 * up before; what is measured is the CPU and wall time of the run itself, without starting Node.
 *
 *     node bench/scaletwin.ts CASE REQUESTS [SEED]     prints one line, the Result of bench/contenders.ts
 *
 * All that the benchmark knows of the simulator is here and in bench/simulations.ts.
 */
import { join } from 'node:path'
import { METRICS, type Metrics } from '../analysis/metrics.ts'
import { RunningMetrics } from '../analysis/runningMetrics.ts'
import { parseSla } from '../analysis/sla.ts'
import { monotonicMs } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { Farm } from '../sim/farm.ts'
import { Recorder } from '../sim/recorder.ts'
import { runSimulation } from '../sim/run.ts'
import { both } from '../sim/sinks.ts'
import { scenarioOf } from '../sim/tune/task.ts'
import { type BenchCase, casesByName, REQUESTS_A_PERIOD } from './cases.ts'
import { simulationOf } from './simulations.ts'

const SLA = parseSla('p95<500ms over 10s')
/** A farm makes so many runs, so that no worker waits long for another at the end. */
const FARM_RUNS = 8

const [name = '', requests = '', seed = '1'] = process.argv.slice(2)
if (!(Number(requests) > 0 && Number(seed) >= 0)) {
  throw new UserError('usage: scaletwin.ts CASE REQUESTS [SEED]')
}
const bench = casesByName([name])[0]!
const { metrics, retries, cpuS, wallS } = bench.workers
  ? await farmed(bench.workers)
  : alone(bench, Number(requests), Number(seed))
const result = {
  requests: metrics.requests,
  cpuS,
  wallS,
  maxRssMb: process.resourceUsage().maxRSS / 1024,
  meanResponseMs: metrics.responseMsMean,
  meanWaitMs: metrics.waitMsMean,
  responseMsP95: metrics.responseMsP95,
  violationShare: metrics.violationShare,
  windowViolationShare: metrics.windowViolationShare,
  replicaSeconds: metrics.replicaSeconds,
  reversals: metrics.reversals,
  retries,
}
process.stdout.write(`${JSON.stringify(result)}\n`)

interface Measured {
  metrics: Metrics
  retries: number
  cpuS: number
  wallS: number
}

function alone({ model, records }: BenchCase, asked: number, firstSeed: number): Measured {
  runSimulation(simulationOf(model, REQUESTS_A_PERIOD, firstSeed + 1), new RunningMetrics(SLA))
  const running = new RunningMetrics(SLA)
  const recorder = new Recorder()
  const stop = stopwatch()
  const sink = records ? both(recorder, running) : running
  const counts = runSimulation(simulationOf(model, asked, firstSeed), sink)
  if (records && recorder.record().requests.intendedMs.length !== running.metrics().requests)
    throw new Error('bug: the record lacks requests')
  return { metrics: running.metrics(), retries: counts.retries, ...stop() }
}

/** Several runs on worker threads; counts add up, the rest are means over the runs. */
async function farmed(workers: number): Promise<Measured> {
  const run = simulationOf(bench.model, Number(requests) / FARM_RUNS, 1)
  const { parameters } = run
  const policy = { path: join(import.meta.dirname, 'policy.ts') }
  const farm = new Farm([scenarioOf({ ...run, sla: SLA }, policy)], workers)
  const tasks = Array.from({ length: FARM_RUNS }, (_, i) => ({
    scenario: 0,
    parameters,
    seed: Number(seed) + i,
  }))
  await farm.run(tasks.slice(0, workers))
  const stop = stopwatch()
  const runs = await farm.run(tasks)
  const took = stop()
  await farm.close()
  const sum = (key: keyof Metrics) => runs.reduce((total, run) => total + (run[key] ?? 0), 0)
  const added = new Set<keyof Metrics>(['requests', 'replicaSeconds', 'reversals'])
  const merged = METRICS.map((key) => [key, added.has(key) ? sum(key) : sum(key) / FARM_RUNS])
  return { metrics: Object.fromEntries(merged) as Metrics, retries: 0, ...took }
}

function stopwatch(): () => { cpuS: number; wallS: number } {
  const beganMs = monotonicMs()
  const began = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(began)
    return { cpuS: (user + system) / 1e6, wallS: (monotonicMs() - beganMs) / 1000 }
  }
}
