import { runClock } from '../../base/clock.ts'
import { formatDuration } from '../../base/units.ts'
import { table } from '../../cli/output.ts'
import { generateLoad } from '../../live/load/loadgen.ts'
import { warmUp } from '../../live/load/warmUp.ts'
import { goFirst } from '../../live/priority.ts'
import { poisson } from './arrivals.ts'
import { type Stalls, trueResponsesMs } from './stalls.ts'
import { startPeer } from './startPeer.ts'
import { type Reported, reportedOf, runTool, TOOLS } from './tools.ts'
import type { Verdict } from './verdict.ts'

/** How far ours may be from the truth, of it. */
export const WITHIN = 0.1

/** Latencies from the intended times, by our generator, beside what an open load at these times truly gets of this server. */
export async function ourReport(
  stalls: Stalls,
  load: { ratePerS: number; seconds: number; seed: number },
): Promise<{ truth: Reported; ours: Reported }> {
  const { ratePerS, seconds, seed } = load
  const arrivals = poisson({ ratePerS, durationMs: seconds * 1000, seed })
  const responsesMs: number[] = []
  const undo = goFirst()
  const peer = await startPeer(stalls)
  try {
    await warmUp()
    await peer.start()
    await generateLoad({
      url: peer.url,
      arrivals,
      seed,
      now: runClock(),
      timeoutMs: 60_000,
      onDone: ({ doneMs, intendedMs }) => responsesMs.push(doneMs! - intendedMs),
    })
  } finally {
    peer.stop()
    undo()
  }
  return { truth: reportedOf(trueResponsesMs(stalls, arrivals.atMs)), ours: reportedOf(responsesMs) }
}

export interface Told extends Reported {
  who: string
}

/** The truth first, then ours, then the other tools at the same rate on the same server. */
export async function measureOmission(
  stalls: Stalls,
  load: { ratePerS: number; seconds: number; seed: number },
  say: (line: string) => void,
): Promise<Told[]> {
  say(`coordinated omission: ${load.seconds} s of our generator`)
  const { truth, ours } = await ourReport(stalls, load)
  const told: Told[] = [
    { who: 'the truth of an open load', ...truth },
    { who: 'ScaleTwin', ...ours },
  ]
  for (const tool of TOOLS) {
    say(`coordinated omission: ${load.seconds} s of ${tool.name}`)
    const peer = await startPeer(stalls)
    try {
      await peer.start()
      const reported = await runTool(tool, { ...load, url: peer.url })
      if (reported) told.push({ who: `${tool.name}: ${tool.how}`, ...reported })
      else say(`${tool.name} is left out: apt-get install wrk hey python3-locust`)
    } finally {
      peer.stop()
    }
  }
  return told
}

export function omissionTable(stalls: Stalls, told: readonly Told[]): Promise<string> {
  const what = `${stalls.serviceMs} ms a request, stalls ${formatDuration(stalls.stallMs)} every ${formatDuration(stalls.everyMs)}`
  return table(
    [what, 'requests', 'p50', 'p95', 'p99', 'p99.9', 'p99 of the truth'],
    told.map(({ who, requests, p50, p95, p99, p999 }) => [
      who,
      `${requests}`,
      ...[p50, p95, p99, p999].map((ms) => `${ms.toFixed(1)} ms`),
      `${((100 * p99) / told[0]!.p99).toFixed(0)} %`,
    ]),
  )
}

export function omissionVerdicts([truth, ours]: readonly Told[]): Verdict[] {
  const ratio = ours!.p99 / truth!.p99
  return [
    {
      what: `p99 of a server that stalls within ${100 * WITHIN} % of the truth`,
      found: `${(100 * (ratio - 1)).toFixed(1)} %`,
      met: Math.abs(ratio - 1) <= WITHIN,
    },
  ]
}
