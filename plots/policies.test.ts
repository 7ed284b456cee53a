import { expect, test } from 'vitest'
import type { ElasticityCell } from '../analysis/elasticityCells.ts'
import { STRETCHED } from '../analysis/percentiles.ts'
import { parseSla } from '../analysis/sla.ts'
import type { Timeline } from '../analysis/timeline.ts'
import type { WindowPair } from '../analysis/windowComparison.ts'
import { dataTables } from './dataTable.ts'
import {
  elasticitySpec,
  type FrontierPoint,
  fitDiagnosticsSpec,
  fitEvidenceSpec,
  frontierSpec,
  landscapeSpec,
  percentilesSpec,
  replicasSpec,
  violationsSpec,
} from './index.ts'
import { checkPictures, type Edge, type Example } from './pictures.case.ts'

/** Pictures that set policies, sides and candidates beside each other. */
const sla = parseSla('p95<500ms over 10s')
const around = (mean: number) => ({ mean, lo: 0.8 * mean, hi: 1.2 * mean })

const windows: WindowPair[] = [
  {
    fromMs: 0,
    toMs: 10_000,
    predicted: around(0.02),
    violatedShare: 0.1,
    measured: [{ share: 0, violated: false }],
  },
  {
    fromMs: 10_000,
    toMs: 20_000,
    predicted: around(0.4),
    violatedShare: 1,
    measured: [{ share: 0.5, violated: true }],
  },
  { fromMs: 20_000, toMs: 25_000, predicted: null, violatedShare: null, measured: [] },
]
const share = (metric: 'violationShare' | 'windowViolationShare', mean: number) => ({
  trace: 'spike',
  policy: 'pid',
  metric,
  predicted: around(mean),
  measured: { mean, values: [mean] },
  error: 0,
  inside: true,
})
const violations = violationsSpec({
  cells: [share('violationShare', 0.1), share('windowViolationShare', 0.3)],
  sla,
  windows: [{ trace: 'spike', policy: 'pid', windows }],
})

/** Times that grow by 100 ms with each decade, known up to 1 - 10^-untilZ. */
const curve = (untilZ: number, factor = 1) =>
  STRETCHED.map((p) => {
    const z = -Math.log10(1 - p)
    return z > untilZ + 1e-9 ? null : factor * (100 + 100 * z)
  })
const group = (label: string) => ({
  label,
  simulated: 20,
  predicted: curve(3).map((ms) => (ms === null ? null : around(ms))),
  measured: [curve(2, 1.1), curve(3, 0.9)],
})
const percentiles = percentilesSpec({ groups: [group('pid'), group('hpa')], sla })

const trajectory = (replicas: number[]): Timeline => ({
  binMs: 1000,
  atMs: replicas.map((_, k) => 500 + 1000 * k),
  offeredPerS: replicas.map(() => 1),
  replicas,
  queued: replicas.map(() => 0),
  p95Ms: replicas.map(() => null),
  violationShare: replicas.map(() => null),
})
const trajectories = {
  label: 'pid on spike',
  predicted: [trajectory([1, 2, 3]), trajectory([1, 1, 3])],
  measured: [trajectory([1, 2, 2])],
  fit: { insideShare: 2 / 3, distance: 0.5 },
}

const point = (policy: string, cost: number, violating: number, isMeasured = true): FrontierPoint => {
  const both = { replicaSeconds: around(cost), violationShare: around(violating) }
  return { policy, predicted: both, measured: isMeasured ? both : null }
}
const frontier = frontierSpec({
  allowed: 0.05,
  traces: [
    {
      trace: 'spike',
      points: [point('hpa', 300, 0.01), point('pid', 200, 0.03), point('threshold', 310, 0.5, false)],
    },
  ],
})

const cell = (policy: string, metric: ElasticityCell['metric'], mean: number): ElasticityCell => ({
  trace: 'spike',
  policy,
  metric,
  predicted: around(mean),
  measured: { mean, values: [mean, 1.5 * mean] },
})
const elasticity = ['pid', 'hpa'].flatMap((policy, i) =>
  (['thetaU', 'tauU', 'thetaO', 'tauO'] as const).map((metric, k) => cell(policy, metric, 0.1 * (i + k + 1))),
)

const candidate = (kp: number, delayMs: number, cost: number, keeps = true) => ({
  parameters: { kp, delayMs },
  cost,
  violationShare: keeps ? 0.01 : 0.2,
  keeps,
})
const found = {
  points: [candidate(0.5, 100, 1), candidate(1, 8000, 0.9), candidate(2, 300, 0.8, false)],
  start: candidate(0.5, 100, 1),
  chosen: candidate(1, 8000, 0.9),
  axes: { x: 'kp', y: 'delayMs' },
  influence: [
    { name: 'kp', share: 0.6 },
    { name: 'delayMs', share: 0 },
  ],
}

const quantity = {
  label: 'read: blocking',
  distribution: 'uniform min 0, max 100',
  unit: 'ms',
  cdf: [0, 50, 100].map((x) => ({ x, p: x / 100 })),
  residuals: [10, 50, 90].map((fitted) => ({ fitted, measured: fitted + 2, lo: fitted - 5, hi: fitted + 5 })),
}
const evidence = {
  label: 'transit',
  distribution: 'empirical, 101 quantiles',
  samples: 1200,
  mean: { estimate: 0.8, lo: 0.7, hi: null },
  ks: 1.2,
  ad: null,
}

const EXAMPLES: Example[] = [
  [
    'windows',
    violations,
    ['Window by window', 'pid on spike', 'What the SLA allows (5.0%)', 'Window violated'],
  ],
  ['percentiles', percentiles, ['pid', 'hpa', '50', '90', '99', '99.9', 'Percentile (%)', 'SLA limit']],
  [
    'replicas',
    replicasSpec({ groups: [trajectories] }),
    ['Replicas ready', 'pid on spike: 67% of the live time in the interval', 'Measured: one live run'],
  ],
  ['frontier', frontier, ['spike', 'hpa', 'pid', 'threshold', 'Cost (replica-seconds)', 'Pareto-efficient']],
  [
    'elasticity',
    elasticitySpec({ cells: elasticity }),
    [
      'Under-provisioning accuracy',
      'Over-provisioning timeshare',
      'pid',
      '10%',
      '% of the time with too few',
    ],
  ],
  [
    'landscape',
    landscapeSpec(found),
    ['kp', 'delayMs, log scale', 'Chosen', 'Breaks it', '60%', 'What each parameter alone tells'],
  ],
  [
    'fitDiagnostics',
    fitDiagnosticsSpec({ quantities: [quantity] }),
    [
      'read: blocking: uniform min 0, max 100 (3 held out)',
      'Measured - fitted (ms)',
      'Measured quantile (ms)',
      'Share at or below (%)',
    ],
  ],
  [
    'fitEvidence',
    fitEvidenceSpec({ fits: [evidence] }),
    [
      'transit',
      'empirical, 101 quantiles; n 1,200',
      'Distance on held-out data',
      'over its 5% critical value',
    ],
  ],
]

const unmeasured = (one: FrontierPoint): FrontierPoint => ({ ...one, measured: null })
const EDGES: Edge[] = [
  ['percentiles of one simulated run', percentilesSpec({ groups: [{ ...group('a'), simulated: 1 }], sla })],
  [
    'percentiles of live runs alone',
    percentilesSpec({ groups: [{ ...group('a'), simulated: 0, predicted: STRETCHED.map(() => null) }], sla }),
  ],
  [
    'percentiles where nothing was answered',
    percentilesSpec({
      groups: [{ label: 'a', simulated: 0, predicted: STRETCHED.map(() => null), measured: [curve(-1)] }],
      sla,
    }),
  ],
  ['replicas of one side', replicasSpec({ groups: [{ ...trajectories, predicted: [], fit: null }] })],
  ['one policy', frontierSpec({ traces: [{ trace: 'spike', points: [point('pid', 100, 0)] }] })],
  [
    'a prediction alone',
    frontierSpec({ traces: [{ trace: 'spike', points: [unmeasured(point('pid', 100, 0.2))] }] }),
  ],
  [
    'elasticity of a side alone',
    elasticitySpec({ cells: elasticity.map((one) => ({ ...one, measured: null })) }),
  ],
  ['no candidate keeps the promise', landscapeSpec({ ...found, points: [candidate(1, 1, 1, false)] })],
  ['a parameter that was 0', landscapeSpec({ ...found, points: [candidate(0, 0, 1), candidate(9, 9, 2)] })],
  [
    'one value held out',
    fitDiagnosticsSpec({ quantities: [{ ...quantity, residuals: quantity.residuals.slice(1, 2) }] }),
  ],
  [
    'a mean without its interval',
    fitEvidenceSpec({ fits: [{ ...evidence, mean: { estimate: 0, lo: null, hi: null } }] }),
  ],
]

checkPictures(EXAMPLES, EDGES)

test('those that nobody beats are named in the description and joined, the cheapest first', () => {
  expect(frontier.description).toContain('Pareto-efficient on spike: hpa, pid')
})

test('a window in which nobody came is not told as 0', () => {
  const rows = dataTables(violations).flatMap((table) => table.rows)
  expect(rows.filter((row) => row[0] === '20 s to 25 s')).toEqual([])
  expect(rows).toContainEqual(['10 s to 20 s', '50% of its requests violate', 'violated', '1'])
})
