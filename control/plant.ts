import type { RawSignals } from './signals.ts'

/**
 * What the loop acts on. sim/plant.ts and live/plant.ts implement it. `scaleTo` only notes the wish and
 * returns; the plant works towards it while the loop goes on measuring.
 */
export interface Plant<Reading = RawSignals | Promise<RawSignals>> {
  read(): Reading
  scaleTo(replicas: number): void
}
