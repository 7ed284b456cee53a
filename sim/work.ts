import { UserError } from '../base/errors.ts'
import { stream } from '../base/random.ts'
import type { RequestTable } from '../record/schema.ts'
import { newBlock, nextBlockSize } from './draws.ts'
import { type Fill, fillOf } from './fill.ts'
import type { Fitted, Model } from './model.ts'
import type { Requests } from './requests.ts'

/** Work that was measured, request by request: the same work again, for a paired comparison. NaN: drawn from the model. */
export type RecordedWork = Pick<RequestTable, 'blockingMs' | 'cpuMs'>

/**
 * Gives each arriving request the work that it will ask for. Every class and every part of the work
 * has a random stream of its own and is drawn in order of arrival, so no policy, server or queue can change it.
 */
export class Work {
  readonly #requests: Requests
  readonly #classes: ClassWork[]
  readonly #recorded: RecordedWork | null
  readonly #cpuApart: boolean

  /** @param classes the trace's, in the order in which classIndex counts them. */
  constructor(
    requests: Requests,
    { model, seed, classes }: { model: Model; seed: number; classes: readonly string[] },
    recorded: RecordedWork | null = null,
  ) {
    this.#requests = requests
    this.#classes = classes.map((name) => new ClassWork(model, seed, name))
    this.#recorded = recorded
    this.#cpuApart = model.cpu !== undefined
  }

  draw(slot: number, classIndex: number, index: number): void {
    const work = this.#classes[classIndex]!
    this.#requests.setWork(slot, work, work.next())
    if (this.#recorded !== null) this.#replay(slot, index)
  }

  #replay(slot: number, index: number): void {
    const blockingMs = this.#recorded!.blockingMs[index]!
    const cpuMs = this.#recorded!.cpuMs[index]!
    if (blockingMs >= 0) this.#requests.replaceBlocking(slot, blockingMs)
    if (cpuMs >= 0) this.#requests.replaceCpu(slot, cpuMs, this.#cpuApart)
  }
}

/** The work of the next requests of one class, a row each, drawn a block at a time (sim/fill.ts). */
class ClassWork {
  readonly blockingMs = newBlock()
  readonly cpuMs = newBlock()
  readonly transitMs = newBlock()
  /** On the thread without the host's CPU, and the CPU: a part of the former where every replica has its own core. */
  readonly holdMs = newBlock()
  readonly workMs = newBlock()
  readonly #overheadMs = newBlock()
  readonly #fills: { blocking: Fill; cpu: Fill; overhead: Fill; transit: Fill }
  readonly #cpuApart: boolean
  /** Part of the overhead that is CPU. */
  readonly #overheadCpuShare: number
  #row = 0
  #rows = 0

  constructor(model: Model, seed: number, name: string) {
    const parts = model.classes[name]
    if (!parts) throw unknownClass(name, model)
    const fill = ({ distribution }: Fitted, subject: string) =>
      fillOf(distribution, stream(seed, `${subject}/${name}`))
    this.#fills = {
      blocking: fill(parts.blockingMs, 'blocking'),
      cpu: fill(parts.cpuMs, 'cpu'),
      overhead: fill(parts.overheadMs, 'overhead'),
      transit: fill(model.transitMs, 'transit'),
    }
    this.#cpuApart = model.cpu !== undefined
    this.#overheadCpuShare = model.cpu?.overheadCpuShare ?? 0
  }

  next(): number {
    if (this.#row === this.#rows) this.#refill()
    return this.#row++
  }

  #refill(): void {
    const rows = nextBlockSize(this.#rows)
    this.#fills.blocking(this.blockingMs, rows)
    this.#fills.cpu(this.cpuMs, rows)
    this.#fills.overhead(this.#overheadMs, rows)
    this.#fills.transit(this.transitMs, rows)
    for (let i = 0; i < rows; i++) {
      const overheadCpuMs = this.#overheadCpuShare * this.#overheadMs[i]!
      const heldMs = this.blockingMs[i]! + this.#overheadMs[i]! - overheadCpuMs
      this.holdMs[i] = this.#cpuApart ? heldMs : heldMs + this.cpuMs[i]!
      this.workMs[i] = this.cpuMs[i]! + overheadCpuMs
    }
    this.#rows = rows
    this.#row = 0
  }
}

function unknownClass(name: string, model: Model): UserError {
  const known = Object.keys(model.classes).join(', ')
  return new UserError(
    `the trace has requests of class ${JSON.stringify(name)}, but the model ${model.name} knows only ${known}. Calibrate with a mix that has it: live calibrate saturation --mix ${name}=1`,
  )
}
