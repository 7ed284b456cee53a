import { type CostAndViolations, paretoEfficient } from '../analysis/frontier.ts'
import { assert } from '../base/assert.ts'
import { type OwnPoint, policyNames } from './frontierNames.ts'
import { columnsIn, gridOf, panelTitle, UNDER_TITLE } from './grid.ts'
import { type Told, telling } from './hover.ts'
import { type KeyEntry, keyPanel } from './key.ts'
import { percentText } from './percent.ts'
import { numberText } from './texts.ts'
import {
  COLOURS,
  type Headline,
  headline,
  type Layer,
  MARGIN_PX,
  type Panel,
  type Picture,
  WIDTH_PX,
} from './theme.ts'

/** What a policy costs and breaks, predicted and measured; null where a side has no run. The measured intervals are ranges. */
export interface FrontierPoint {
  policy: string
  predicted: CostAndViolations | null
  measured: CostAndViolations | null
}

/** The policies on one trace. */
export interface FrontierOf {
  trace: string
  points: readonly FrontierPoint[]
}

export interface FrontierPicture extends Partial<Headline> {
  traces: readonly FrontierOf[]
  /** Share of the requests that may violate the SLA: drawn as a limit. */
  allowed?: number
}

const SIDES = ['predicted', 'measured'] as const
type Side = OwnPoint['side']

/** Few and many violations must both be told apart: the axis is stretched at its lower end. */
const SHARES = [0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1]
const LEAST_PX = 290
const HEIGHT_PX = 250

/**
 * What each policy costs against how often it breaks the promise, a panel a trace: lower left is better. Policies that no other one
 * beats in both are joined by steps: to the right of a step one gets at most that many violations for the money.
 */
export function frontierSpec({ traces, allowed, title, subtitle }: FrontierPicture): Picture {
  assert(traces.length > 0, 'a frontier needs at least one policy')
  const { columns, panelPx } = columnsIn(WIDTH_PX + MARGIN_PX, { panels: traces.length, leastPx: LEAST_PX })
  const heading = title ?? 'What each policy costs, and how often it breaks the promise'
  const own = traces.map(({ trace, points }) => ({ trace, points: ownPoints(points) }))
  return {
    description: `${heading}: replica-seconds against the share of requests that violate the SLA. ${own.map(efficientText).join('; ')}`,
    title: headline(
      {
        title: heading,
        subtitle: subtitle ?? 'Lower left is better; no other policy beats those in bold in both',
      },
      WIDTH_PX + MARGIN_PX,
    ),
    vconcat: [
      keyPanel(
        keyEntries(
          own.flatMap(({ points }) => points),
          allowed,
        ),
        {
          fromPx: -MARGIN_PX,
          widthPx: WIDTH_PX + MARGIN_PX,
        },
      ),
      ...gridOf(
        own.map((one) => frontierPanel(one, { allowed, widthPx: panelPx })),
        columns,
      ),
    ],
  }
}

function ownPoints(points: readonly FrontierPoint[]): OwnPoint[] {
  return SIDES.flatMap((side) => {
    const known = points.flatMap(({ policy, [side]: at }) => (at ? [{ policy, ...at }] : []))
    const efficient = new Set(paretoEfficient(known))
    return known.map((point) => ({ ...point, side, efficient: efficient.has(point) }))
  })
}

function efficientText({ trace, points }: { trace: string; points: readonly OwnPoint[] }): string {
  const names = points.filter(({ efficient, side }) => efficient && side === points[0]!.side)
  return `Pareto-efficient on ${trace}: ${names.map(({ policy }) => policy).join(', ')}`
}

function keyEntries(points: readonly OwnPoint[], allowed: number | undefined): KeyEntry[] {
  const has = (side: Side) => points.some((point) => point.side === side)
  return [
    ...(has('predicted')
      ? [
          { sign: 'predictedDot' as const, text: 'Predicted mean, with 90% intervals for one run' },
          { sign: 'efficient' as const, text: 'Pareto-efficient' },
        ]
      : []),
    ...(has('measured')
      ? [
          { sign: 'dot' as const, text: 'Measured mean, with the range of the live runs' },
          { sign: 'measuredEfficient' as const, text: 'Pareto-efficient, measured' },
        ]
      : []),
    ...(allowed === undefined
      ? []
      : [{ sign: 'limit' as const, text: `What the SLA allows (${percentText(allowed)})` }]),
  ]
}

function frontierPanel(
  { trace, points }: { trace: string; points: readonly OwnPoint[] },
  { allowed, widthPx }: { allowed: number | undefined; widthPx: number },
): Panel {
  const costs = points.flatMap(({ replicaSeconds: { lo, hi } }) => [lo, hi])
  const room = Math.max(1, 0.1 * (Math.max(...costs) - Math.min(...costs)))
  const shares = points.flatMap(({ violationShare: { hi } }) => hi)
  const domainX = [Math.max(0, Math.min(...costs) - room), Math.max(...costs) + room]
  const domainY = [0, Math.max(0.02, ...shares, 1.15 * (allowed ?? 0)) * 1.04]
  const x = {
    type: 'quantitative' as const,
    title: 'Cost (replica-seconds)',
    scale: { domain: domainX, nice: false, zero: false },
    axis: { grid: true, tickCount: 5 },
  }
  const y = {
    type: 'quantitative' as const,
    title: 'Requests that violate the SLA (%), square-root scale',
    scale: { type: 'sqrt' as const, domain: domainY, nice: false },
    axis: { format: '~%', values: SHARES.filter((share) => share <= domainY[1]!), ...UNDER_TITLE },
  }
  return {
    title: panelTitle(trace),
    width: widthPx,
    height: HEIGHT_PX,
    layer: [
      ...(allowed === undefined ? [] : [allowedLayer(allowed, y)]),
      pairsLayer(points, { x, y }),
      ...SIDES.flatMap((side) =>
        sideLayers(
          points.filter((point) => point.side === side),
          side,
          { x, y },
        ),
      ),
      ...policyNames(points, { domainX, domainY, widthPx, heightPx: HEIGHT_PX }, { x, y }),
    ],
  }
}

function allowedLayer(allowed: number, y: object): Layer {
  return {
    data: { values: [{ allowed }] },
    mark: { type: 'rule', color: COLOURS.limit, strokeWidth: 1.2, strokeDash: [4, 3] },
    encoding: { y: { ...y, field: 'allowed' } },
  } as Layer
}

/** Which measurement belongs to which prediction. */
function pairsLayer(points: readonly OwnPoint[], { x, y }: { x: object; y: object }): Layer {
  const rows = points.map(({ policy, replicaSeconds, violationShare }) => ({
    policy,
    cost: replicaSeconds.mean,
    share: violationShare.mean,
  }))
  return {
    data: { values: rows },
    mark: { type: 'line', color: COLOURS.axis, strokeWidth: 1 },
    encoding: {
      x: { ...x, field: 'cost' },
      y: { ...y, field: 'share' },
      detail: { field: 'policy', type: 'nominal' },
    },
  } as Layer
}

const STYLE = {
  predicted: { bar: COLOURS.predictedBand, barPx: 4, dot: COLOURS.predicted, line: { strokeWidth: 1.4 } },
  measured: {
    bar: COLOURS.measured,
    barPx: 1,
    dot: COLOURS.measured,
    line: { strokeWidth: 1.2, strokeDash: [1.5, 2.5] },
  },
} as const

function sideLayers(points: readonly OwnPoint[], side: Side, { x, y }: { x: object; y: object }): Layer[] {
  const style = STYLE[side]
  const rows = points.map(({ policy, replicaSeconds, violationShare, efficient }) => ({
    policy,
    efficient,
    cost: replicaSeconds.mean,
    costLo: replicaSeconds.lo,
    costHi: replicaSeconds.hi,
    share: violationShare.mean,
    shareLo: violationShare.lo,
    shareHi: violationShare.hi,
  }))
  const { data, tooltip } = telling(
    rows,
    (row): Told => ({
      Policy: row.policy,
      Side: side,
      Cost: `${numberText(row.cost)} (${numberText(row.costLo)} to ${numberText(row.costHi)}) replica-seconds`,
      Violations: `${percentText(row.share)} (${percentText(row.shareLo)} to ${percentText(row.shareHi)})`,
      'Pareto-efficient': row.efficient ? 'yes' : 'no',
    }),
  )
  const efficient = rows.filter((row) => row.efficient).sort((a, b) => a.cost - b.cost || b.share - a.share)
  const bar = {
    type: 'rule' as const,
    color: style.bar,
    strokeWidth: style.barPx,
    strokeCap: 'butt' as const,
  }
  return [
    {
      data,
      mark: bar,
      encoding: {
        x: { ...x, field: 'costLo' },
        x2: { field: 'costHi' },
        y: { ...y, field: 'share' },
        tooltip,
      },
    },
    {
      data,
      mark: bar,
      encoding: {
        x: { ...x, field: 'cost' },
        y: { ...y, field: 'shareLo' },
        y2: { field: 'shareHi' },
        tooltip,
      },
    },
    {
      data: { values: efficient },
      mark: { type: 'line', interpolate: 'step-after', color: style.dot, ...style.line },
      encoding: { x: { ...x, field: 'cost' }, y: { ...y, field: 'share' } },
    },
    {
      data,
      mark: { type: 'point', filled: true, color: style.dot, size: 42, opacity: 1 },
      encoding: { x: { ...x, field: 'cost' }, y: { ...y, field: 'share' }, tooltip },
    },
  ] as Layer[]
}
