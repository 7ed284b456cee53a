import { type Fault, faultText } from '../record/faults.ts'
import type { RunSink } from '../record/sink.ts'
import { RANK } from './calendar.ts'
import type { Engine } from './engine.ts'
import type { SimulatedPlant } from './plant.ts'

/** How long the simulated proxy is away when it is restarted, ms. Measured on the real one in test/twin.live.test.ts. */
const PROXY_RESTART_MS = 1000

/** Enters the faults of a run into its calendar, and tells the sink what becomes of each. live/faults.ts is its twin. */
export function scheduleFaults(
  faults: readonly Fault[],
  { calendar, proxy }: Engine,
  plant: SimulatedPlant,
  sink: RunSink,
): void {
  for (const fault of faults) {
    const tell = (state: 'begun' | 'over', note?: string) =>
      sink.fault?.({ atMs: calendar.nowMs, fault: faultText(fault), state, ...(note ? { note } : {}) })
    calendar.later(fault.atMs, RANK.replica, () => {
      tell('begun')
      switch (fault.kind) {
        case 'kill':
          return plant.killOldest()
        case 'metrics-lost':
          return plant.blindUntil(fault.atMs + fault.durationMs)
        case 'proxy-kill':
          proxy.stop()
          calendar.later(fault.atMs + PROXY_RESTART_MS, RANK.replica, () => proxy.start())
      }
    })
  }
}
