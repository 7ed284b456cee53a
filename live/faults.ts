import { after } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { type Fault, type FaultRow, faultText } from '../record/faults.ts'
import type { LivePlant } from './plant.ts'

export interface FaultHooks {
  now: () => number
  onFault: (row: FaultRow) => void
}

/** Breaks on the real parts what a run wants broken, each at its time from now on. The returned function calls off the rest. sim/faults.ts is its twin. */
export function scheduleFaults(faults: readonly Fault[], plant: LivePlant, hooks: FaultHooks): () => void {
  const cancels = faults.map((fault) => after(fault.atMs, () => void inject(fault, plant, hooks)))
  return () => {
    for (const cancel of cancels) cancel()
  }
}

async function inject(fault: Fault, plant: LivePlant, { now, onFault }: FaultHooks): Promise<void> {
  const tell = (state: FaultRow['state'], note?: string) =>
    onFault({ atMs: now(), fault: faultText(fault), state, ...(note ? { note } : {}) })
  try {
    tell('begun')
    if (fault.kind === 'kill') await plant.killOldest()
    else if (fault.kind === 'metrics-lost') plant.blindUntil(fault.atMs + fault.durationMs)
    else if (fault.kind === 'proxy-kill') await plant.restartProxy()
  } catch (error) {
    tell('impossible', messageOf(error))
  }
}
