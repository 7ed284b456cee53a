import { formatDuration } from '../base/units.ts'
import type { CpuReading } from '../record/schema.ts'

/*
 * Whether the tool itself stood in the way of what it measured. The tool is the process that generates the load and controls, and the
 * proxy; the container engine is not: what starting and removing containers costs belongs to what is measured, and the model has it.
 * Other programs are not either: nothing tells their use of the cores from the engine's.
 *
 * Bounds, with what valid runs on two cores had (docs/believed.md): the process used at most 0.33 of its core over any tick; while
 * all cores were busy, process and proxy had at most a seventh of them.
 */

/** Of all cores, when they count as saturated: the kernel's counters come in steps of 10 ms. */
const SATURATED_SHARE = 0.95
/** Of what was used while the cores were saturated: with a third less competition the service would have been another one. */
const TOOL_SHARE = 1 / 3
/** Of its one thread's core, beyond which the process has no time left to be in time. */
const PROCESS_SHARE = 0.9
/** Shorter than this it passes before a queue has built up. */
const SHORTEST_MS = 2000
/** Of the ticks, that may be decided only after the next one was due: one in a hundred is the machine's. */
const LATE_TICKS_SHARE = 0.01

/** One tick of the control loop, ms of the run. */
export interface TickTimes {
  dueMs: number
  decidedMs: number
}

/** Of one tick, what is looked at: a long run has many. */
export type CpuAt = { atMs: number } & Pick<CpuReading, 'hostMs' | 'proxyMs' | 'controllerMs'>

/** None where the machine does not tell. @param atMs when it was read: of a tick that was late, not its nominal time. */
export function cpuAt(cpu: CpuReading | null | undefined, atMs: number): CpuAt[] {
  if (!cpu) return []
  const { hostMs, proxyMs, controllerMs } = cpu
  return [{ atMs, hostMs, proxyMs, controllerMs }]
}

/** Cores used between two ticks. */
interface Span {
  fromMs: number
  toMs: number
  host: number
  tool: number
  process: number
}

/**
 * One line for each way in which the tool was too busy; none is good.
 * @param cores of the machine.
 * @param spins whether the generator takes a whole core on purpose (--spin): then only the others' share counts.
 */
export function saturation(
  readings: readonly CpuAt[],
  { cores, spins }: { cores: number; spins: boolean },
): string[] {
  const spans = spansOf(readings)
  const host = longest(
    spans,
    (span) => span.host >= SATURATED_SHARE * cores && span.tool > TOOL_SHARE * span.host,
  )
  const own = spins ? null : longest(spans, (span) => span.process > PROCESS_SHARE)
  return [
    ...(host
      ? [
          `the host was saturated by ScaleTwin itself: ${when(host)} controller and proxy used ${meanOf(host, 'tool').toFixed(1)} of ${cores} cores, all of which were busy`,
        ]
      : []),
    ...(own
      ? [
          `the controller had no time left: ${when(own)} its process used ${meanOf(own, 'process').toFixed(2)} of the one core that it can use`,
        ]
      : []),
  ]
}

/** A line where the control loop did not keep up with its interval; none is good. */
export function lateTicks(ticks: readonly TickTimes[], intervalMs: number): string[] {
  const late = ticks.map(({ dueMs, decidedMs }) => decidedMs - dueMs).filter((ms) => ms > intervalMs)
  if (late.length <= LATE_TICKS_SHARE * ticks.length) return []
  const worst = late.reduce((most, ms) => Math.max(most, ms), 0)
  return [
    `the control loop did not keep up: ${late.length} of ${ticks.length} decisions came after the next tick was due, the latest ${formatDuration(Math.round(worst))} after its own, interval ${formatDuration(intervalMs)}`,
  ]
}

function spansOf(readings: readonly CpuAt[]): Span[] {
  return readings.slice(1).flatMap((to, i) => {
    const from = readings[i]!
    const ms = to.atMs - from.atMs
    if (ms <= 0) return []
    const process = (to.controllerMs - from.controllerMs) / ms
    const proxy = (to.proxyMs - from.proxyMs) / ms
    const host = (to.hostMs - from.hostMs) / ms
    return [{ fromMs: from.atMs, toMs: to.atMs, host, tool: process + proxy, process }]
  })
}

/** The longest run of spans of which it is true, if it is long enough. */
function longest(spans: readonly Span[], isSo: (span: Span) => boolean): Span[] | null {
  let best: Span[] = []
  let run: Span[] = []
  for (const span of spans) {
    run = isSo(span) ? [...run, span] : []
    if (lengthOf(run) > lengthOf(best)) best = run
  }
  return lengthOf(best) >= SHORTEST_MS ? best : null
}

const lengthOf = (run: readonly Span[]) => (run.length === 0 ? 0 : run.at(-1)!.toMs - run[0]!.fromMs)

const when = (run: readonly Span[]) =>
  `from ${formatDuration(run[0]!.fromMs)} to ${formatDuration(run.at(-1)!.toMs)}`

const meanOf = (run: readonly Span[], what: 'tool' | 'process') =>
  run.reduce((sum, span) => sum + span[what] * (span.toMs - span.fromMs), 0) / lengthOf(run)
