import type { Parameters, Policy } from '../policies/policy.ts'
import type { Fault } from '../record/faults.ts'
import type { ControlSettings, ServiceSettings } from '../record/schema.ts'
import type { Trace } from '../traces/trace.ts'
import type { Model } from './model.ts'
import type { RecordedWork } from './work.ts'

/** All that decides a simulated run: two equal ones give the same run, to the bit. */
export interface Simulation {
  trace: Trace
  model: Model
  policy: Policy
  parameters: Parameters
  control: ControlSettings
  service: ServiceSettings
  seed: number
  faults?: readonly Fault[]
  /** The measured work of each request, by index, in place of draws from the model. */
  work?: RecordedWork
}
