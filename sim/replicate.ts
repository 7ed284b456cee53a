import type { Metrics } from '../analysis/metrics.ts'
import { RunningMetrics } from '../analysis/runningMetrics.ts'
import type { Sla } from '../analysis/sla.ts'
import type { RunSink } from '../record/sink.ts'
import { runSimulation } from './run.ts'
import type { Simulation } from './simulation.ts'
import { both } from './sinks.ts'

/** One run's metrics, in memory that does not grow with the run. `watch` hears it too. */
export function runMetrics(simulation: Simulation, sla: Sla, watch?: RunSink): Metrics {
  const running = new RunningMetrics(sla)
  runSimulation(simulation, watch ? both(running, watch) : running)
  return running.metrics()
}
