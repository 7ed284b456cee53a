import { UserError } from '../base/errors.ts'
import { stream } from '../base/random.ts'
import type { RequestTable } from '../record/schema.ts'
import { Draws } from './draws.ts'
import type { Model } from './model.ts'
import { type Requests, TIME } from './requests.ts'

/** Work that was measured, request by request: the same work again, for a paired comparison. NaN: drawn from the model. */
export type RecordedWork = Pick<RequestTable, 'blockingMs' | 'cpuMs'>

interface ClassDraws {
  blocking: Draws
  cpu: Draws
  overhead: Draws
}

/**
 * Gives each arriving request the work that it will ask for. Every class and every part of the work
 * has a random stream of its own and is drawn at arrival, so no policy, server or queue can change it.
 */
export class Work {
  readonly #requests: Requests
  readonly #classes: ClassDraws[]
  readonly #transit: Draws
  readonly #cpuApart: boolean
  readonly #recorded: RecordedWork | null

  /** @param classes the trace's, in the order in which classIndex counts them. */
  constructor(
    requests: Requests,
    { model, seed, classes }: { model: Model; seed: number; classes: readonly string[] },
    recorded: RecordedWork | null = null,
  ) {
    this.#requests = requests
    this.#classes = classes.map((name) => classDraws(model, seed, name))
    this.#transit = new Draws(model.transitMs.distribution, stream(seed, 'transit'))
    this.#cpuApart = model.cpu !== undefined
    this.#recorded = recorded
  }

  draw(slot: number, classIndex: number, index: number): void {
    const { time } = this.#requests
    const draws = this.#classes[classIndex]!
    time[slot + TIME.blockingMs] = draws.blocking.next()
    time[slot + TIME.cpuMs] = draws.cpu.next()
    if (this.#recorded !== null) this.#replay(slot, index)
    const held = time[slot + TIME.blockingMs]! + draws.overhead.next()
    time[slot + TIME.holdMs] = this.#cpuApart ? held : held + time[slot + TIME.cpuMs]!
    time[slot + TIME.workMs] = this.#cpuApart ? time[slot + TIME.cpuMs]! : 0
    time[slot + TIME.transitMs] = this.#transit.next()
  }

  #replay(slot: number, index: number): void {
    const { blockingMs, cpuMs } = this.#recorded!
    if (blockingMs[index]! >= 0) this.#requests.time[slot + TIME.blockingMs] = blockingMs[index]!
    if (cpuMs[index]! >= 0) this.#requests.time[slot + TIME.cpuMs] = cpuMs[index]!
  }
}

function classDraws(model: Model, seed: number, name: string): ClassDraws {
  const parts = model.classes[name]
  if (!parts) throw unknownClass(name, model)
  return {
    blocking: new Draws(parts.blockingMs.distribution, stream(seed, `blocking/${name}`)),
    cpu: new Draws(parts.cpuMs.distribution, stream(seed, `cpu/${name}`)),
    overhead: new Draws(parts.overheadMs.distribution, stream(seed, `overhead/${name}`)),
  }
}

function unknownClass(name: string, model: Model): UserError {
  const known = Object.keys(model.classes).join(', ')
  return new UserError(
    `the trace has requests of class ${JSON.stringify(name)}, but the model ${model.name} knows only ${known}. Calibrate with a mix that has it: live calibrate saturation --mix ${name}=1`,
  )
}
