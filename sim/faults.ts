import { type Fault, type FaultRow, faultText } from '../record/faults.ts'
import type { RunSink } from '../record/sink.ts'
import { BREAKERS } from './breakers.ts'
import { EVENT, RANK } from './calendar.ts'
import type { Engine } from './engine.ts'
import type { SimulatedPlant } from './plant.ts'

/**
 * Enters the faults of a run into its calendar, and tells the sink what becomes of each. No run goes on for one beyond
 * its trace: what is still broken when nothing else is left is mended then. live/faults/schedule.ts is its twin.
 */
export function scheduleFaults(
  faults: readonly Fault[],
  engine: Engine,
  plant: SimulatedPlant,
  sink: RunSink,
): void {
  if (faults.length === 0) return
  const { calendar } = engine
  const underWay = new Set<() => void>()
  const at = (atMs: number, act: () => void) =>
    calendar.later(atMs, RANK.replica, act, atMs <= plant.endMs ? EVENT.later : EVENT.background)
  for (const fault of faults) {
    const tell = (state: FaultRow['state'], note?: string) =>
      sink.fault?.({ atMs: calendar.nowMs, fault: faultText(fault), state, ...(note ? { note } : {}) })
    at(fault.atMs, () => {
      const broken = BREAKERS[fault.kind](fault, { engine, plant })
      if ('impossible' in broken) return tell('impossible', broken.impossible)
      const { note, mend } = broken
      tell('begun', note)
      if (!mend) return
      const end = () => {
        if (!underWay.delete(end)) return
        mend()
        tell('over', note)
      }
      underWay.add(end)
      at(fault.atMs + fault.durationMs, end)
    })
  }
  engine.faults = {
    get underWay() {
      return underWay.size
    },
    mendAll() {
      for (const end of underWay) end()
    },
  }
}
