import { expect, test } from 'vitest'
import type { Cell } from '../analysis/compare.ts'
import type { RunDetail } from '../analysis/runDetail.ts'
import { parseSla } from '../analysis/sla.ts'
import type { Timeline } from '../analysis/timeline.ts'
import {
  fitSpec,
  phasesSpec,
  renderSvg,
  saturationSpec,
  scalingSpec,
  startupSpec,
  timelineSpec,
  violationsSpec,
} from './index.ts'
import { checkPictures, type Edge, type Example } from './pictures.case.ts'

const sla = parseSla('p95<500ms over 10s')

/** A timeline of four bins whose numbers grow with `level`. */
function timeline(level: number, p95Ms: Timeline['p95Ms'] = [180, 200, null, 150 + 40 * level]): Timeline {
  return {
    binMs: 2000,
    atMs: [1000, 3000, 5000, 7000],
    offeredPerS: [4, 5 + level, 0, 3],
    replicas: [1, 1, 2, 2],
    queued: [0, level, 2 * level, 0],
    p95Ms,
    violationShare: [0, level / 20, null, 0.02],
  }
}
const oneBin: Timeline = {
  binMs: 2000,
  atMs: [1000],
  offeredPerS: [3],
  replicas: [1],
  queued: [0],
  p95Ms: [120],
  violationShare: [0],
}
const levels = Array.from({ length: 20 }, (_, i) => i % 5)
const predicted = levels.map((level) => timeline(level))
const noAnswer = timeline(1, [null, null, null, null])

const decision = (atMs: number, from: number, to: number) => ({
  atMs,
  kind: from === to ? ('hold' as const) : ('scale' as const),
  reason: `from ${from} to ${to}`,
  from,
  to,
  arrivalsPerS: atMs < 2000 ? null : 5,
  queued: 0,
})
const detail: RunDetail = {
  durationMs: 8000,
  intervalMs: 2000,
  states: [
    { atMs: 0, starting: 0, ready: 1, draining: 0 },
    { atMs: 2000, starting: 1, ready: 1, draining: 0 },
    { atMs: 3500, starting: 0, ready: 2, draining: 0 },
    { atMs: 6000, starting: 0, ready: 1, draining: 1 },
    { atMs: 8000, starting: 0, ready: 1, draining: 0 },
  ],
  decisions: [decision(0, 1, 1), decision(2000, 1, 2), decision(4000, 2, 2), decision(6000, 2, 1)],
}

function cell(
  trace: string,
  policy: string,
  mean: number,
  values: number[],
  metric = 'violationShare',
): Cell {
  const interval = { mean, lo: mean * 0.8, hi: mean * 1.2 }
  const measured = { mean: values.reduce((sum, value) => sum + value, 0) / values.length, values }
  return {
    trace,
    policy,
    metric: metric as Cell['metric'],
    predicted: interval,
    measured,
    error: mean - measured.mean,
    inside: values.every((value) => value >= interval.lo && value <= interval.hi),
  }
}
const cells = [
  cell('spike', 'threshold', 0.3, [0.31, 0.28, 0.42]),
  cell('spike', 'threshold', 0.4, [0.4, 0.4, 0.4], 'windowViolationShare'),
  cell('spike', 'pid kp=0.5', 0.1, [0.1, 0.11, 0.1]),
  cell('spike', 'pid kp=0.5', 0.2, [0.2, 0.2, 0.1], 'windowViolationShare'),
  cell('step', 'threshold', 0.0004, [0, 0]),
  cell('step', 'threshold', 0.02, [0, 0.1], 'windowViolationShare'),
]
const twentyRows = ['ramp', 'spike', 'step', 'diurnal'].flatMap((trace) =>
  ['static replicas=5', 'threshold', 'pid', 'hpa', 'kpa'].map((policy, i) =>
    cell(trace, policy, i / 10, [i / 11]),
  ),
)
const step = (offeredPerS: number, completedPerS: number, p95Ms: number | null) => ({
  offeredPerS,
  completedPerS,
  p50Ms: p95Ms && p95Ms / 2,
  p95Ms,
  errorsShare: 1 - completedPerS / offeredPerS,
})
const starts = [1, 1, 2, 2, 4].map((concurrent, i) => ({ concurrent, durationMs: 1200 + 300 * i }))
const fit = { label: 'Blocking time of class read', unit: 'ms', sample: [30, 12, 50, 80] }
const cdf = [0, 0.5, 1].map((p) => ({ x: 100 * p, p }))

/** The example of each picture, whose specification is kept; then the edges. */
const EXAMPLES: Example[] = [
  [
    'timeline',
    timelineSpec({
      title: 'pid on spike',
      subtitle: 'A sub',
      predicted,
      measured: [timeline(3), timeline(0)],
      sla,
      detail: { run: detail, name: 'live run with seed 7' },
    }),
    [
      'pid on spike',
      'A sub',
      'Predicted: mean and 90% interval of 20 simulated runs',
      'Measured: 2 live runs',
      'Offered load (requests/s)',
      'Replicas ready',
      'Replicas by state, live run with seed 7',
      'Starting',
      'Decided: fewer',
      'Queue in the proxy (requests)',
      'Response time, 95th percentile (ms)',
      'SLA limit',
      '500 ms',
      'Requests that violate the SLA (% of those sent)',
      'Time since the start (s)',
    ],
  ],
  [
    'violations',
    violationsSpec({ cells, sla }),
    [
      'SLA: p95&lt;500ms over 10s',
      'spike',
      'step',
      'pid kp=0.5',
      '30%',
      '&lt;0.1%',
      '% of windows',
      'Live run outside the interval',
    ],
  ],
  [
    'saturation',
    saturationSpec({
      steps: [step(8, 8, 400), step(4, 4, 210), step(12, 9, 4000)],
      capacityPerS: 9.2,
      kneePerS: 7.5,
    }),
    [
      'What one replica can carry',
      'Throughput (requests/s)',
      'Capacity',
      '9.2/s',
      'Knee 7.5/s: p95 twice the unloaded one',
      'Response time (ms), log scale',
      '1,000',
    ],
  ],
  [
    'startup',
    startupSpec({ starts }),
    ['Time until ready (s)', 'Replicas started at once', '1.4 s', '2.4 s'],
  ],
  [
    'fit',
    fitSpec({ ...fit, cdf }),
    ['Blocking time of class read (ms)', 'Held-out measurements (4)', 'Fitted distribution', '100%'],
  ],
]

const fleet = (replicas: number, perS: number | null, lightP95Ms: number | null) => ({
  replicas,
  throughputPerS: perS === null ? null : { estimate: perS, lo: 0.9 * perS, hi: 1.1 * perS },
  lightP95Ms,
})
EXAMPLES.push(
  [
    'scaling',
    scalingSpec({
      points: [fleet(1, 70, 40), fleet(2, 120, 50), fleet(4, 110, 90)],
      law: (n) => (70 * n) / (1 + 0.12 * n * (n - 1)),
    }),
    ['Throughput (answers/s)', 'Universal Scalability Law', 'Each as much as the first', 'Replicas'],
  ],
  [
    'phases',
    phasesSpec({
      rows: [
        { label: 'cold, alone, idle', createMs: 18, startMs: 156, answerMs: 208, checkMs: 57, count: 3 },
        { label: 'paused, alone, idle', createMs: 0, startMs: 27, answerMs: null, checkMs: 108, count: 2 },
      ],
    }),
    ['cold, alone, idle', '439 ms (n 3)', '135 ms (n 2)', 'application listens'],
  ],
)

const EDGES: Edge[] = [
  ['only a prediction', timelineSpec({ title: 't', predicted, measured: [], sla })],
  ['only one live run', timelineSpec({ title: 't', predicted: [], measured: [timeline(1)], sla })],
  ['one simulated run', timelineSpec({ title: 't', predicted: [timeline(1)], measured: [], sla })],
  [
    'no request answered',
    timelineSpec({ title: 't', predicted: [noAnswer, noAnswer], measured: [noAnswer], sla }),
  ],
  [
    'one run in detail',
    timelineSpec({
      title: 't',
      predicted: [],
      measured: [timeline(1)],
      sla,
      detail: { run: detail, name: 'r' },
    }),
  ],
  [
    'a run without a decision',
    timelineSpec({
      title: 't',
      predicted: [timeline(1)],
      measured: [],
      sla,
      detail: { run: { ...detail, decisions: [] }, name: 'r' },
    }),
  ],
  ['one bin', timelineSpec({ title: 't', predicted: [oneBin, oneBin], measured: [oneBin], sla })],
  ['twenty rows', violationsSpec({ cells: twentyRows })],
  ['a single row', violationsSpec({ cells: cells.slice(0, 1), sla: sla.text })],
  ['no violation anywhere', violationsSpec({ cells: [cell('ramp', 'static', 0, [0, 0, 0])], sla })],
  ['everything violates', violationsSpec({ cells: [cell('ramp', 'static', 1, [1])], sla })],
  ['one step without an answer', saturationSpec({ steps: [step(5, 0, null)] })],
  ['CPU of a replica', saturationSpec({ steps: [{ ...step(5, 5, 20), cores: 0.4 }, step(9, 9, 30)] })],
  ['one size of a fleet, no law', scalingSpec({ points: [fleet(2, 20, 30)], law: null })],
  [
    'a fleet that was never saturated',
    scalingSpec({ points: [fleet(1, 9, 5), fleet(2, null, 6)], law: null }),
  ],
  ['one start', startupSpec({ starts: starts.slice(0, 1) })],
  ['a sample of one', fitSpec({ ...fit, sample: [7], cdf })],
  ['a constant', fitSpec({ ...fit, sample: [7, 7], cdf: [{ x: 7, p: 1 }] })],
]

checkPictures(EXAMPLES, EDGES)

test('fewer than 19 runs are not called a 90 % interval', async () => {
  const spec = timelineSpec({ title: 't', predicted: predicted.slice(0, 5), measured: [], sla })
  expect(await renderSvg(spec)).toContain('Predicted: mean and range of 5 simulated runs')
})

test('within a trace the policy with the fewest predicted violations comes first', async () => {
  const svg = await renderSvg(violationsSpec({ cells }))
  const heights = ['pid kp=0.5', 'threshold'].map((label) =>
    Number(new RegExp(`translate\\([\\d.]+,([\\d.]+)\\)"[^>]*>${label}<`).exec(svg)![1]),
  )
  expect(heights[0]).toBeLessThan(heights[1]!)
})
