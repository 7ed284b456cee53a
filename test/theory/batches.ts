import { OUTCOMES } from '../../record/schema.ts'
import type { EndedRequests, RunSink } from '../../record/sink.ts'
import { runSimulation } from '../../sim/run.ts'
import type { Simulation } from '../../sim/simulation.ts'

/** Batches of a run whose means are compared; the one before them, the warm-up, is left out. */
export const BATCHES = 50

const OK = OUTCOMES.indexOf('ok')

/** How a run is cut and what is counted. */
export interface Counting {
  /** Equally many requests a batch, in order of their intended time. */
  batchRequests: number
  /** Waits t for which P(W > t) is estimated, ms. */
  tailsMs?: readonly [number, number]
  /** CPU work that divides the small requests from the large ones, ms. */
  smallMs?: number
}

/** Runs a simulation into batches. */
export function batches(simulation: Simulation, counting: Counting): Batches {
  const sink = new Batches(counting)
  runSimulation(simulation, sink)
  return sink
}

/** Sums over batches, in memory that does not grow with the run. The means are of the requests that were answered well. */
export class Batches implements RunSink {
  readonly #batchRequests: number
  readonly #nearMs: number
  readonly #farMs: number
  readonly #smallMs: number
  readonly #answered = column()
  readonly #waitMs = column()
  readonly #sojournMs = column()
  readonly #near = column()
  readonly #far = column()
  readonly #workMs = { small: column(), large: column() }
  readonly #stretchedMs = { small: column(), large: column() }
  /** When each batch began, and the end of the last one. */
  readonly #beganMs = new Float64Array(BATCHES + 1)

  constructor({ batchRequests, tailsMs = [0, 0], smallMs = 0 }: Counting) {
    this.#batchRequests = batchRequests
    this.#nearMs = tailsMs[0]
    this.#farMs = tailsMs[1]
    this.#smallMs = smallMs
  }

  start(): void {}
  tick(): void {}
  replica(): void {}

  request(ended: EndedRequests, slot: number): void {
    const index = ended.index(slot)
    const batch = Math.floor(index / this.#batchRequests) - 1
    if (batch < 0 || batch > BATCHES) return
    if (index % this.#batchRequests === 0) this.#beganMs[batch] = ended.intendedMs(slot)
    if (batch === BATCHES || ended.outcome(slot) !== OK) return
    const waitMs = ended.queueWaitMs(slot)
    const sojournMs = ended.doneMs(slot) - ended.intendedMs(slot)
    const workMs = ended.cpuMs(slot)
    const size = workMs < this.#smallMs ? 'small' : 'large'
    this.#answered[batch]! += 1
    this.#waitMs[batch]! += waitMs
    this.#sojournMs[batch]! += sojournMs
    this.#workMs[size][batch]! += workMs
    this.#stretchedMs[size][batch]! += sojournMs
    if (waitMs > this.#nearMs) this.#near[batch]! += 1
    if (waitMs > this.#farMs) this.#far[batch]! += 1
  }

  /** Mean wait in the queue, ms, batch by batch; so all of the following. */
  waitsMs(): number[] {
    return perBatch((b) => this.#waitMs[b]! / this.#answered[b]!)
  }

  sojournsMs(): number[] {
    return perBatch((b) => this.#sojournMs[b]! / this.#answered[b]!)
  }

  nearTails(): number[] {
    return perBatch((b) => this.#near[b]! / this.#answered[b]!)
  }

  farTails(): number[] {
    return perBatch((b) => this.#far[b]! / this.#answered[b]!)
  }

  /** Sojourn over CPU work, of the small or the large requests. */
  stretches(size: 'small' | 'large'): number[] {
    return perBatch((b) => this.#stretchedMs[size][b]! / this.#workMs[size][b]!)
  }

  /** Share of the requests that were not answered well. */
  lost(): number[] {
    return perBatch((b) => 1 - this.#answered[b]! / this.#batchRequests)
  }

  /** Requests a ms. */
  throughputs(): number[] {
    return perBatch((b) => this.#batchRequests / (this.#beganMs[b + 1]! - this.#beganMs[b]!))
  }
}

const column = () => new Float64Array(BATCHES)

function perBatch(of: (batch: number) => number): number[] {
  return Array.from({ length: BATCHES }, (_, batch) => of(batch))
}
