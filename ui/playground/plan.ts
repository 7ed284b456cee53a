import { parseSla, type Sla } from '../../analysis/sla.ts'
import { badInput } from '../../base/errors.ts'
import { parseDuration } from '../../base/units.ts'
import { checkControl } from '../../control/checkSettings.ts'
import { DEFAULT_SERVICE } from '../../control/service.ts'
import { parametersOf } from '../../policies/parameters.ts'
import type { Simulation } from '../../sim/simulation.ts'
import { expectedArrivals } from '../../traces/rate.ts'
import type { OpenTrace } from '../../traces/trace.ts'
import { scaleToPeak, stretch } from '../../traces/transform.ts'
import { checkPoints, drawnTrace } from './drawn.ts'
import { offeredPolicy } from './offered.ts'
import type { Data } from './protocol.ts'
import { type Choice, DRAWN, type Setting, TEXT_FIELDS } from './setting.ts'

/** The drawn curve has this shipped trace's mix of requests. */
const MIX_OF = 'spike'
/** What a browser still answers in about a second. */
const MOST_REQUESTS = 200_000

/** What the page simulates: the same as `sim run` makes of the same options. */
export interface Plan {
  sla: Sla
  a: Simulation
  b: Simulation | null
}

/** @throws UserError for whatever is wrong with the setting. */
export function planOf(setting: Setting, data: Data): Plan {
  const sla = parseSla(setting.sla, TEXT_FIELDS.sla.place)
  const trace = traceOf(setting, data)
  const requests = expectedArrivals(trace.load, trace.durationMs)
  if (requests > MOST_REQUESTS)
    throw badInput({
      place: 'the number of requests',
      value: Math.round(requests),
      expected: `at most ${MOST_REQUESTS} on this page`,
      remedy: 'Run the command instead, or choose a lower peak or a shorter trace',
    })
  const control = {
    intervalMs: parseDuration(setting.interval, TEXT_FIELDS.interval.place),
    windowMs: parseDuration(setting.window, TEXT_FIELDS.window.place),
    minReplicas: setting.min,
    maxReplicas: setting.max,
    initialReplicas: setting.initial,
    standby: null,
    knowledge: shippedOf(setting, data).knowledge,
  }
  checkControl(control)
  const common = { trace, model: data.model, control, service: DEFAULT_SERVICE, seed: setting.seed }
  const simulationOf = ({ policy: name, set }: Choice): Simulation => {
    const policy = offeredPolicy(name)
    const settings = Object.entries(set).map(([key, value]) => `${key}=${value}`)
    return { ...common, policy, parameters: parametersOf(policy, settings) }
  }
  return { sla, a: simulationOf(setting.a), b: setting.b && simulationOf(setting.b) }
}

/** The trace that is run, after its transforms. @throws UserError where it cannot be. */
export function traceOf(setting: Setting, data: Data): OpenTrace {
  const shipped = shippedOf(setting, data).trace
  if (setting.trace === DRAWN) return drawnTrace(checkPoints(setting.points), shipped.mix)
  const stretched = setting.stretch === 1 ? shipped : stretch(shipped, setting.stretch)
  return (setting.peak === null ? stretched : scaleToPeak(stretched, setting.peak)) as OpenTrace
}

function shippedOf({ trace }: Setting, { traces }: Data) {
  const name = trace === DRAWN ? MIX_OF : trace
  return traces.find((shipped) => shipped.trace.name === name)!
}
