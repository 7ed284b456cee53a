import { hashOf } from '../base/hash.ts'
import { stream } from '../base/random.ts'
import type { Fault } from '../control/faults.ts'
import { makeController, startController, tick } from '../control/tick.ts'
import type { Parameters, Policy } from '../policies/policy.ts'
import {
  type ControlSettings,
  RECORD_SCHEMA,
  type RunRecord,
  type ServiceSettings,
  type TickRow,
} from '../record/schema.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import type { Trace } from '../traces/trace.ts'
import { balanceOf } from './balance.ts'
import { Kernel, RANK } from './kernel.ts'
import type { Model } from './model.ts'
import { SimulatedPlant } from './plant.ts'
import { SimulatedProxy } from './proxy.ts'
import type { Request } from './request.ts'
import { requestTable } from './requestTable.ts'
import { workSource } from './work.ts'

export interface Simulation {
  trace: Trace
  model: Model
  policy: Policy
  parameters: Parameters
  control: ControlSettings
  service: ServiceSettings
  seed: number
  faults?: readonly Fault[]
}

/** How long the simulated proxy is away when it is restarted, ms. Measured on the real one in test/twin.live.test.ts. */
const PROXY_RESTART_MS = 1000

/**
 * One run of the twin: the trace's arrivals for this seed through the model, under the policy. The same
 * simulation gives the same record, to the byte. live/run.ts is its counterpart on the real parts.
 */
export function simulate(simulation: Simulation): RunRecord {
  const { seed, model, control, service, trace } = simulation
  const kernel = new Kernel()
  const requests: Request[] = []
  const proxy = new SimulatedProxy(kernel, service, balanceOf(service.balance, stream(seed, 'balance')))
  const randoms = { startup: stream(seed, 'startup'), stop: stream(seed, 'stop') }
  const plant = new SimulatedPlant(kernel, model, proxy, randoms, control.initialReplicas)
  scheduleArrivals(simulation, kernel, (request) => {
    requests.push(request)
    proxy.receive(request)
  })
  const ticks = scheduleTicks(simulation, kernel, plant)
  for (const fault of simulation.faults ?? []) scheduleFault(fault, kernel, plant, proxy)
  kernel.run()
  return {
    run: {
      schema: RECORD_SCHEMA,
      mode: 'sim',
      purpose: 'run',
      state: 'complete',
      startedAt: null,
      seed,
      trace,
      traceHash: hashOf(trace),
      model: { name: model.name, hash: hashOf(model) },
      policy: { name: simulation.policy.name, parameters: { ...simulation.parameters } },
      control,
      service,
      app: null,
      prediction: null,
      versions: {},
      host: null,
      lateness: null,
      verdict: { valid: true, reasons: [] },
    },
    ticks,
    replicas: plant.events,
    requests: requestTable(requests),
  }
}

/** One arrival event at a time: the next is scheduled by the one before it. */
function scheduleArrivals(
  { trace, seed, model }: Simulation,
  kernel: Kernel,
  receive: (request: Request) => void,
): void {
  const arrivals = generateArrivals(trace, seed)
  const draw = workSource(model, seed)
  const schedule = (index: number) => {
    if (index >= arrivals.atMs.length) return
    kernel.at(arrivals.atMs[index]!, RANK.arrival, () => {
      schedule(index + 1)
      receive(draw(index, arrivals.classes[index]!, kernel.nowMs))
    })
  }
  schedule(0)
}

/** Ticks at every multiple of the interval within the trace; a decision acts after the model's monitoring delay. */
function scheduleTicks(simulation: Simulation, kernel: Kernel, plant: SimulatedPlant): TickRow[] {
  const { control, trace } = simulation
  const delayMs = simulation.model.monitoring.delayMs.estimate
  const controller = makeController(simulation.policy, simulation.parameters, control)
  const rows: TickRow[] = []
  let state = startController(controller)
  const schedule = (atMs: number) => {
    if (atMs > trace.durationMs) return
    kernel.at(atMs, RANK.tick, () => {
      const result = tick(controller, state, plant.read(), atMs)
      state = result.state
      rows.push({ ...result.row, delayMs })
      const { target } = result.row
      if (target !== result.row.observation.target) {
        kernel.at(atMs + delayMs, RANK.replica, () => plant.scaleTo(target))
      }
      schedule(atMs + control.intervalMs)
    })
  }
  schedule(control.intervalMs)
  return rows
}

function scheduleFault(fault: Fault, kernel: Kernel, plant: SimulatedPlant, proxy: SimulatedProxy): void {
  kernel.at(fault.atMs, RANK.replica, () => {
    switch (fault.kind) {
      case 'kill-replica':
        return plant.killOldest()
      case 'lose-metrics':
        return plant.blindUntil(fault.atMs + fault.durationMs)
      case 'restart-proxy':
        proxy.stop()
        kernel.at(fault.atMs + PROXY_RESTART_MS, RANK.replica, () => proxy.start())
    }
  })
}
