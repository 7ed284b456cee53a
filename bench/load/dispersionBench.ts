import { runClock } from '../../base/clock.ts'
import { table } from '../../cli/output.ts'
import { generateLoad } from '../../live/load/loadgen.ts'
import { warmUp } from '../../live/load/warmUp.ts'
import { goFirst } from '../../live/priority.ts'
import { poisson } from './arrivals.ts'
import { type Dispersion, dispersionOf, INDEX_BOUNDS, tellingWindowsMs } from './dispersion.ts'
import { startPeer } from './startPeer.ts'
import type { Verdict } from './verdict.ts'

export interface OnTheWire extends Dispersion {
  ratePerS: number
  /** The same of the intended times. */
  intended: number
}

/** Sends a Poisson stream to another process, and takes the index of what arrived there. Both go first, as in a live run. */
export async function measureDispersion(load: {
  ratePerS: number
  seconds: number
  seed: number
}): Promise<OnTheWire[]> {
  const { ratePerS, seconds, seed } = load
  const durationMs = seconds * 1000
  const arrivals = poisson({ ratePerS, durationMs, seed })
  const undo = goFirst()
  const peer = await startPeer(null)
  try {
    await warmUp()
    await peer.start()
    await generateLoad({ url: peer.url, arrivals, seed, now: runClock(), timeoutMs: 5000, onDone: () => {} })
    const arrivedMs = await peer.arrivalsMs()
    return tellingWindowsMs(durationMs).map((windowMs) => ({
      ratePerS,
      ...dispersionOf(arrivedMs, windowMs, durationMs),
      intended: dispersionOf(arrivals.atMs, windowMs, durationMs).index,
    }))
  } finally {
    peer.stop()
    undo()
  }
}

export function dispersionTable(rows: readonly OnTheWire[]): Promise<string> {
  return table(
    ['dispersion on the wire', 'windows of', 'windows', 'index', '1 sd of chance', 'as intended'],
    rows.map(({ ratePerS, windowMs, windows, index, sd, intended }) => [
      `${ratePerS}/s`,
      `${windowMs} ms`,
      `${windows}`,
      index.toFixed(3),
      sd.toFixed(3),
      intended.toFixed(3),
    ]),
    2,
  )
}

export function dispersionVerdicts(rows: readonly OnTheWire[]): Verdict[] {
  const { low, high } = INDEX_BOUNDS
  const indices = rows.map(({ index }) => index)
  return [
    {
      what: `Poisson on the wire: every index between ${low} and ${high}`,
      found: `${Math.min(...indices).toFixed(2)} to ${Math.max(...indices).toFixed(2)}`,
      met: indices.every((index) => index > low && index < high),
    },
  ]
}
