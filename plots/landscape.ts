import { quantile } from 'simple-statistics'
import { assert } from '../base/assert.ts'
import { type Told, telling } from './hover.ts'
import { CROSS, keyPanel } from './key.ts'
import { roundTicks } from './latency.ts'
import { percentText } from './percent.ts'
import { numberText } from './texts.ts'
import { textWidthPx } from './textWidth.ts'
import {
  COLOURS,
  type Headline,
  headline,
  type Layer,
  MARGIN_PX,
  type Panel,
  type Picture,
  SEQUENCE,
  SIZE,
} from './theme.ts'

/** One candidate of a search. */
export interface LandscapePoint {
  parameters: Readonly<Record<string, number>>
  /** Over that of the start. */
  cost: number
  violationShare: number
  /** Whether it keeps the promise. */
  keeps: boolean
}

export interface LandscapePicture extends Partial<Headline> {
  points: readonly LandscapePoint[]
  chosen: LandscapePoint
  /** Where the search began. */
  start: LandscapePoint
  /** Names of the two parameters on the axes. */
  axes: { x: string; y: string }
  /** How much each parameter alone tells of the objective, 0 to 1, the most influential first. */
  influence: readonly { name: string; share: number }[]
}

const SIDE_PX = 360
const BAR_PX = 90
const ROW_PX = 20
/** Values that differ by more than this factor are drawn on a logarithmic scale. */
const LINEAR_UP_TO = 12

/** Where a search looked and what it found: two parameters, each candidate's cost by its shade, the start and the choice marked. */
export function landscapeSpec(picture: LandscapePicture): Picture {
  const { points, axes, influence, title, subtitle } = picture
  assert(points.length > 0, 'a landscape needs at least one candidate')
  const namesPx = Math.max(...influence.map(({ name }) => textWidthPx(name, { fontSizePx: SIZE.label })), 60)
  const widthPx = SIDE_PX + 40 + namesPx + BAR_PX + 60
  const kept = points.filter(({ keeps }) => keeps).length
  const heading = title ?? 'Where the search looked'
  return {
    description: `${heading}: ${points.length} candidates, ${kept} of which keep the promise, by ${axes.x} and ${axes.y}; the chosen one has ${axes.x} ${numberText(picture.chosen.parameters[axes.x]!)} and ${axes.y} ${numberText(picture.chosen.parameters[axes.y]!)}`,
    title: headline({ title: heading, subtitle }, widthPx),
    vconcat: [
      keyPanel(
        [
          { sign: 'shadedDot', text: 'Keeps the promise; shade: cost' },
          { sign: 'cross', text: 'Breaks it' },
          { sign: 'diamond', text: 'Start' },
          { sign: 'ring', text: 'Chosen' },
        ],
        { fromPx: -MARGIN_PX, widthPx: widthPx + MARGIN_PX },
      ),
      { spacing: 40, hconcat: [pointsPanel(picture), influencePanel(picture, namesPx)] },
    ],
  }
}

function pointsPanel({ points, chosen, start, axes }: LandscapePicture): Panel {
  const all = [...points, chosen, start]
  const encoding = {
    x: axisOf(axes.x, all, { grid: true, isUp: false }),
    y: axisOf(axes.y, all, { grid: true, isUp: true }),
  }
  const costs = points.flatMap(({ keeps, cost }) => (keeps ? [cost] : []))
  const color = {
    field: 'cost',
    type: 'quantitative' as const,
    title: "Cost, % of the start's",
    scale: {
      type: 'linear' as const,
      domain: shadesOf(costs),
      range: [...SEQUENCE],
    },
    legend: {
      format: '.0%',
      gradientLength: 200,
      orient: 'bottom' as const,
      direction: 'horizontal' as const,
    },
  }
  const marked = (own: readonly LandscapePoint[]) => {
    const { data, tooltip } = telling(
      own.map((point) => ({ ...point, x: point.parameters[axes.x]!, y: point.parameters[axes.y]! })),
      toldOf,
    )
    return { data: { values: data.values.map(({ parameters: _, ...row }) => row) }, tooltip }
  }
  const breaking = marked(points.filter(({ keeps }) => !keeps))
  const keeping = marked(points.filter(({ keeps }) => keeps).sort((a, b) => b.cost - a.cost))
  const first = marked([start])
  const best = marked([chosen])
  return {
    width: SIDE_PX,
    height: SIDE_PX,
    layer: [
      {
        data: breaking.data,
        mark: {
          type: 'point',
          shape: CROSS,
          size: 26,
          stroke: COLOURS.muted,
          strokeWidth: 0.8,
          opacity: 0.8,
        },
        encoding: { ...encoding, tooltip: breaking.tooltip },
      },
      {
        data: keeping.data,
        mark: {
          type: 'point',
          shape: 'circle',
          size: 48,
          stroke: COLOURS.axis,
          strokeWidth: 0.6,
          opacity: 1,
        },
        encoding: { ...encoding, fill: color, tooltip: keeping.tooltip },
      },
      {
        data: first.data,
        mark: {
          type: 'point',
          shape: 'diamond',
          size: 110,
          fill: COLOURS.background,
          stroke: COLOURS.measured,
          strokeWidth: 1.6,
          opacity: 1,
        },
        encoding: { ...encoding, tooltip: first.tooltip },
      },
      {
        data: best.data,
        mark: {
          type: 'point',
          shape: 'circle',
          size: 190,
          stroke: COLOURS.limit,
          strokeWidth: 2.4,
          opacity: 1,
        },
        encoding: { ...encoding, tooltip: best.tooltip },
      },
    ] as Layer[],
  }
}

/** The costs at which the shades are met: thirds of the candidates, so that a few dear ones do not make all others alike. */
function shadesOf(costs: readonly number[]): number[] {
  if (costs.length === 0) return [0, 1, 2, 3]
  const thirds = [0, 1 / 3, 2 / 3, 1].map((share) => quantile([...costs], share))
  // A scale needs values that rise.
  return thirds.map((cost, i) => cost + i * 1e-9)
}

function toldOf({ parameters, cost, violationShare, keeps }: LandscapePoint): Told {
  return {
    Cost: `${percentText(cost)} of the start's`,
    Violations: percentText(violationShare),
    'The promise is': keeps ? 'kept' : 'broken',
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, numberText(value)])),
  }
}

function axisOf(
  name: string,
  points: readonly LandscapePoint[],
  { grid, isUp }: { grid: boolean; isUp: boolean },
) {
  const values = points.map(({ parameters }) => parameters[name]!)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const isLog = least > 0 && most / least > LINEAR_UP_TO
  const room = 0.04
  const domain = isLog
    ? [least * (most / least) ** -room, most * (most / least) ** room]
    : [least - room * (most - least || 1), most + room * (most - least || 1)]
  return {
    field: isUp ? 'y' : 'x',
    type: 'quantitative' as const,
    title: isLog ? `${name}, log scale` : name,
    scale: { domain, nice: false, ...(isLog ? { type: 'log' as const } : { zero: false }) },
    axis: { grid, format: ',~f', ...(isLog ? { values: roundTicks(least, most) } : { tickCount: 6 }) },
  }
}

/** How much each parameter matters; those on the axes stand out. */
function influencePanel({ influence, axes }: LandscapePicture, namesPx: number): Panel {
  const { data, tooltip } = telling(
    influence.map(({ name, share }) => ({ name, share, text: percentText(share) })),
    ({ name, text }) => ({ Parameter: name, 'Tells of the objective': text }),
  )
  const y = {
    field: 'name',
    type: 'nominal' as const,
    sort: influence.map(({ name }) => name),
    title: 'What each parameter alone tells',
    axis: { grid: false, titleX: -namesPx, minExtent: namesPx, labelColor: COLOURS.text },
  }
  const x = {
    field: 'share',
    type: 'quantitative' as const,
    scale: { domain: [0, Math.max(0.05, ...influence.map(({ share }) => share))], nice: false },
    axis: null,
  }
  return {
    width: BAR_PX,
    height: Math.max(1, influence.length) * ROW_PX,
    layer: [
      {
        data,
        mark: { type: 'bar', height: 11 },
        encoding: {
          x,
          y,
          color: {
            condition: {
              test: `datum.name === ${JSON.stringify(axes.x)} || datum.name === ${JSON.stringify(axes.y)}`,
              value: COLOURS.predicted,
            },
            value: COLOURS.ready,
          },
          tooltip,
        },
      },
      {
        data,
        mark: { type: 'text', align: 'left', dx: 4 },
        encoding: { x, y, text: { field: 'text', type: 'nominal' } },
      },
    ] as Layer[],
  }
}
