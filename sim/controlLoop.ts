import {
  type Controller,
  type ControllerState,
  makeController,
  startController,
  tick,
} from '../control/tick.ts'
import type { Rollout } from '../policies/policy.ts'
import type { RunSink } from '../record/sink.ts'
import { type Calendar, RANK } from './calendar.ts'
import type { TickSource } from './engine.ts'
import type { SimulatedPlant } from './plant.ts'
import type { Simulation } from './simulation.ts'

/** Ticks at every multiple of the interval within the trace; a decision acts after the model's monitoring delay. */
export class ControlLoop implements TickSource {
  nextMs: number
  readonly #controller: Controller
  readonly #parts: { calendar: Calendar; plant: SimulatedPlant; sink: RunSink }
  readonly #delayMs: number
  readonly #endMs: number
  #state: ControllerState
  #ticks = 1

  constructor(
    { policy, parameters, control, model, trace }: Simulation,
    parts: { calendar: Calendar; plant: SimulatedPlant; sink: RunSink },
    rollout: Rollout | null,
  ) {
    this.#controller = makeController(policy, parameters, control, rollout)
    this.#state = startController(this.#controller)
    this.#parts = parts
    this.#delayMs = model.monitoring.delayMs.estimate
    this.#endMs = trace.durationMs
    this.nextMs = this.#within(control.intervalMs)
  }

  tick(): void {
    const { calendar, plant, sink } = this.#parts
    const atMs = this.nextMs
    const { state, row } = tick(this.#controller, this.#state, plant.read(), atMs)
    this.#state = state
    const { target } = row
    if (target !== row.observation.target)
      calendar.later(atMs + this.#delayMs, RANK.replica, () => plant.scaleTo(target))
    sink.tick({ ...row, delayMs: this.#delayMs })
    this.nextMs = this.#within(++this.#ticks * this.#controller.settings.intervalMs)
  }

  #within(atMs: number): number {
    return atMs <= this.#endMs ? atMs : Number.POSITIVE_INFINITY
  }
}
