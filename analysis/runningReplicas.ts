import type { ReplicaEvent, TickRow } from '../record/schema.ts'
import { COSTING_STATES, directionOf, moveOf, replicaCounter } from './replicas.ts'

/** The metrics of the fleet. */
export interface ReplicaFigures {
  replicaSeconds: number
  replicasMean: number
  replicasMax: number
  starts: number
  stops: number
  reversals: number
}

/** The fleet's metrics over [0, durationMs] while the run happens: events and ticks in order of time. */
export class RunningReplicas {
  readonly #durationMs: number
  readonly #countAfter = replicaCounter(COSTING_STATES)
  /** The count that holds since #sinceMs; further events of that moment may still change it. */
  #count = 0
  #sinceMs = 0
  #integral = 0
  #max = 0
  #direction = 0
  #moves = { starts: 0, stops: 0, reversals: 0 }

  constructor(durationMs: number) {
    this.#durationMs = durationMs
  }

  event(event: ReplicaEvent): void {
    if (event.atMs > this.#sinceMs) this.#close(event.atMs)
    this.#count = this.#countAfter(event)
    const move = moveOf(event, this.#durationMs)
    if (move) this.#moves[move]++
  }

  tick(row: TickRow): void {
    const direction = directionOf(row)
    if (direction === 0) return
    if (this.#direction !== 0 && direction !== this.#direction) this.#moves.reversals++
    this.#direction = direction
  }

  /** May be asked at any time: as if nothing more happened until the end. */
  figures(): ReplicaFigures {
    const restMs = Math.max(0, this.#durationMs - this.#sinceMs)
    const replicaSeconds = (this.#integral + this.#count * restMs) / 1000
    return {
      replicaSeconds,
      replicasMean: replicaSeconds / (this.#durationMs / 1000),
      replicasMax: this.#maxNow(),
      ...this.#moves,
    }
  }

  /** Ends the span since the last event: what held in it is final now. */
  #close(atMs: number): void {
    this.#max = this.#maxNow()
    const untilMs = Math.min(atMs, this.#durationMs)
    if (untilMs > this.#sinceMs) this.#integral += this.#count * (untilMs - this.#sinceMs)
    this.#sinceMs = atMs
  }

  #maxNow(): number {
    return this.#sinceMs <= this.#durationMs ? Math.max(this.#max, this.#count) : this.#max
  }
}
