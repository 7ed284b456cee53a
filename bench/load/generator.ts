import { max, quantileSorted } from 'simple-statistics'
import { afterPrecisely, runClock } from '../../base/clock.ts'
import { generateLoad } from '../../live/load/loadgen.ts'
import { warmUp } from '../../live/load/warmUp.ts'
import { goFirst } from '../../live/priority.ts'
import type { Arrivals } from '../../traces/trace.ts'
import { poisson } from './arrivals.ts'

/*
 * One load in a process of its own, for lateness.ts: options as JSON in, `Lateness` as JSON out. `timer`: the same times
 * kept by the generator's timer with nothing sent, which shows what the machine itself is late by.
 */

export type Mode = 'timer' | 'default' | 'spin'

export interface GeneratorOptions {
  mode: Mode
  url: string
  ratePerS: number
  durationMs: number
  seed: number
}

/** ms; quantiles of type 7. */
export interface Lateness {
  sent: number
  /** Not answered with success. */
  lost: number
  p50: number
  p99: number
  p999: number
  max: number
  over1Ms: number
  over10Ms: number
  /** Of a core. */
  cpuShare: number
}

const options = JSON.parse(process.argv[2]!) as GeneratorOptions
const arrivals = poisson({ ...options, ramp: true })
await warmUp()
goFirst()
const now = runClock()
const cpuBefore = process.cpuUsage()
const { latenessMs, lost } = options.mode === 'timer' ? await keepTimes(arrivals) : await send(arrivals)
const cpu = process.cpuUsage(cpuBefore)
const sorted = latenessMs.toSorted() as unknown as number[]
const lateness: Lateness = {
  sent: sorted.length,
  lost,
  p50: quantileSorted(sorted, 0.5),
  p99: quantileSorted(sorted, 0.99),
  p999: quantileSorted(sorted, 0.999),
  max: max(sorted),
  over1Ms: sorted.filter((ms) => ms > 1).length,
  over10Ms: sorted.filter((ms) => ms > 10).length,
  cpuShare: (cpu.user + cpu.system) / 1000 / now(),
}
process.stdout.write(JSON.stringify(lateness))

async function send(load: Arrivals): Promise<{ latenessMs: Float64Array; lost: number }> {
  const latenessMs = new Float64Array(load.atMs.length)
  const { byOutcome, sent } = await generateLoad({
    url: options.url,
    arrivals: load,
    seed: options.seed,
    now,
    timeoutMs: 5000,
    spin: options.mode === 'spin',
    onDone: ({ index, sentMs, intendedMs }) => {
      latenessMs[index] = sentMs - intendedMs
    },
  })
  return { latenessMs, lost: sent - byOutcome.ok }
}

async function keepTimes({ atMs }: Arrivals): Promise<{ latenessMs: Float64Array; lost: number }> {
  const latenessMs = new Float64Array(atMs.length)
  for (let i = 0; i < atMs.length; i++) {
    if (now() < atMs[i]!) await new Promise<void>((resolve) => afterPrecisely(atMs[i]! - now(), resolve))
    latenessMs[i] = now() - atMs[i]!
  }
  return { latenessMs, lost: 0 }
}
